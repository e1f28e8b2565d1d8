import { Type } from 'typebox';
import { canHaveValues, FeedbackTypeRequest } from '../contract/feedbackTypes.ts';
import { maxNameLength, Opt } from '../contract/fields.ts';
import type { FeedbackType, Project } from '../domain/entities.ts';
import { checked, filledKeys, Id, Text, Time, timeIn } from './fields.ts';

type JsonObject = Record<string, unknown>;

const Name = Type.String({ minLength: 1, maxLength: maxNameLength });

/** What `file.json` says of a prompt. */
const File = Type.Object({
	id: Id,
	name: Name,
	path: Text,
	created_at: Time,
	updated_at: Time,
	/** These are of this server. */
	deleted_at: Time,
	feedback_types: Opt(Type.Array(FeedbackTypeRequest)),
});

/** What a file can have and a project has no place for. */
const withoutPlace = ['description', 'readme', 'tags', 'attributes', 'schema'] as const;

export type ImportedProject = {
	project: Project;
	/** Where the prompt was at Humanloop, such as support/reply. Undefined if that is its name. */
	path: string | undefined;
	otherNames: string[];
	feedbackTypes: FeedbackType[];
	withoutPlace: string[];
};

/** The type of a file of an export: prompt, tool, dataset, evaluator, flow or agent. */
export function typeOf(file: JsonObject): string {
	const { type } = checked(Type.Object({ type: Opt(Type.String({ minLength: 1, maxLength: 40 })) }), file);
	return type ?? 'prompt';
}

/**
 * The project of a prompt. It gets the prompt's name. If another project has that, it gets the path, which is unique at
 * Humanloop, or the name and the ID. `now` is its time if the file says none. Throws ImportProblem.
 */
export function toProject(file: JsonObject, now: string): ImportedProject {
	const { id, name, path, feedback_types: types, ...times } = checked(File, file);
	const createdAt = timeIn('created_at', times.created_at) ?? now;
	const hasPath = typeof path === 'string' && path !== '' && path !== name && [...path].length <= maxNameLength;
	return {
		path: hasPath ? path : undefined,
		project: {
			id,
			name,
			createdAt,
			updatedAt: timeIn('updated_at', times.updated_at) ?? createdAt,
			deletedAt: timeIn('deleted_at', times.deleted_at) ?? null,
		},
		feedbackTypes: (types ?? []).map((type) => ({
			projectId: id,
			type: type.type,
			class: type.class,
			values: canHaveValues(type.class)
				? (type.values ?? []).map(({ value, sentiment }) => ({ value, sentiment: sentiment ?? 'unset' }))
				: [],
		})),
		otherNames: [...(hasPath ? [path] : []), `${[...name].slice(0, maxNameLength - id.length - 3).join('')} (${id})`],
		withoutPlace: filledKeys(file, withoutPlace),
	};
}
