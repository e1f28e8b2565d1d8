import { Type } from 'typebox';
import { maxNameLength, Opt } from '../contract/fields.ts';
import type { Project } from '../domain/entities.ts';
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
});

/** What a file can have and a project has no place for. */
const withoutPlace = ['description', 'readme', 'tags', 'attributes', 'schema'] as const;

export type ImportedProject = { project: Project; otherNames: string[]; withoutPlace: string[] };

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
	const { id, name, path, ...times } = checked(File, file);
	const createdAt = timeIn('created_at', times.created_at) ?? now;
	const hasPath = typeof path === 'string' && path !== '' && path !== name && [...path].length <= maxNameLength;
	return {
		project: {
			id,
			name,
			activeConfigId: null,
			createdAt,
			updatedAt: timeIn('updated_at', times.updated_at) ?? createdAt,
		},
		otherNames: [...(hasPath ? [path] : []), `${[...name].slice(0, maxNameLength - id.length - 3).join('')} (${id})`],
		withoutPlace: filledKeys(file, withoutPlace),
	};
}
