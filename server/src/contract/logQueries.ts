import { Type } from 'typebox';
import { Name, OneOf } from './fields.ts';
import { pagingFields } from './lists.ts';

export const LogByReference = Type.Object(
	{ reference_id: Name({ minLength: 1, description: 'The `reference_id` of the log.' }) },
	{ additionalProperties: false },
);

/** How many values a filter can have. Each takes a part of the statement. */
const maxValues = 50;

/** A query field that can be repeated. */
function Repeated(description: string, member: { pattern?: string } = {}) {
	return Type.Optional(
		Type.Unsafe<string | string[]>({
			type: ['string', 'array'],
			...member,
			items: { type: 'string', ...member },
			maxItems: maxValues,
			description,
		}),
	);
}

export const DeleteLogsQuery = Type.Object(
	{
		id: Type.Unsafe<string | string[]>({
			type: ['string', 'array'],
			items: { type: 'string' },
			// The start of a request has at most 16 KB, about 450 IDs.
			maxItems: 400,
			description: 'ID of a log. Repeat it for several logs, at most 400.',
		}),
	},
	{ additionalProperties: false },
);

const feedbackFilter = Repeated('Only logs whose latest feedback of that type has the value, or one of the values.');

/** The `project_id` that stands for all projects. */
export const allProjects = '*';

export const LogsQuery = Type.Object(
	{
		project_id: Type.String({
			description: 'ID of the project. `*`: the logs of all projects. That is not part of v4.',
		}),
		...pagingFields(50),
		session_id: Type.Optional(Type.String({ description: 'Only logs of this session.' })),
		source_filter: Repeated('Only logs with exactly this source, or with one of these.'),
		exclude_source: Repeated('Only logs without this source, or without any of these. Not part of v4.'),
		model_filter: Repeated('Only logs whose config has exactly this model, or one of these.'),
		config_filter: Repeated('Only logs of the model config with this ID, or of one of these. Not part of v4.'),
		environment_filter: Repeated(
			'Only logs of calls that ran what is deployed in the environment with this name, or in one of these. Not part of v4.',
		),
		failed: Type.Optional(
			Type.Boolean({ description: 'true: only logs with an error. false: only those without. Not part of v4.' }),
		),
		search: Type.Optional(
			Type.String({ description: 'Part of a value in the inputs, or of the output, in any case.' }),
		),
		metadata_search: Type.Optional(Type.String({ description: 'Part of a value in the metadata, in any case.' })),
		version_status: Type.Optional(
			OneOf(['uncommitted', 'committed', 'deleted'], 'All configs of this server are committed.'),
		),
		sort: Repeated(
			'Order of the list: source, model or timestamp, a dot, and asc or desc, such as `source.asc`. Repeat it for ' +
				'further columns. Default timestamp.desc.',
			{ pattern: '^(source|model|timestamp)\\.(asc|desc)$' },
		),
		start_date: Type.Optional(
			Type.String({
				description: 'Only logs created at or after this date or time. UTC by default.',
			}),
		),
		end_date: Type.Optional(
			Type.String({ description: 'Only logs created at or before this date or time. A date includes its whole day.' }),
		),
	},
	{
		additionalProperties: false,
		patternProperties: {
			'^feedback-.+_filter$': feedbackFilter,
			'^evaluator-.+_filter$': { 'x-not-supported': true },
		},
	},
);
