import type { UsageResponse, usageGroups } from '../../contract/usage.ts';
import { environmentKey, keyLabel } from '../shared/keyLabel.ts';
import { projectPath, versionName, versionPath } from '../shared/names.ts';

type Group = (typeof usageGroups)[number];

/** What totals can be listed by. */
export interface Dimension {
	/** As the choice says it: "by model". */
	label: string;
	/** The heading of its column. */
	column: string;
	groups: Group[];
	/** What tells two groups apart. */
	keyOf: (record: UsageResponse) => string;
	nameOf: (record: UsageResponse) => string;
	/** Where its page is. */
	linkOf?: (record: UsageResponse) => string | undefined;
	/** What the list of logs can be filtered by to have those of a group, beside their project. */
	filtersOf?: (record: UsageResponse) => Record<string, string> | undefined;
}

const projectName = ({ project_id: id, project }: UsageResponse) =>
	project ?? (id === null || id === undefined ? 'no project' : `deleted project ${id.slice(-6)}`);

const date = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });

/** `Nov 30, 2026` */
export const dayName = (day: string) => date.format(new Date(day));

export const dimensions = {
	model: {
		label: 'Model',
		column: 'Model',
		groups: ['provider', 'model'],
		keyOf: ({ provider, model }) => `${provider} ${model}`,
		nameOf: ({ provider, model }) => `${model} (${provider})`,
	},
	project: {
		label: 'Project',
		column: 'Project',
		groups: ['project'],
		keyOf: ({ project_id: id }) => id ?? '',
		nameOf: projectName,
		linkOf: ({ project_id: id, project }) => (id && project ? projectPath(id) : undefined),
		filtersOf: ({ project }) => (project ? {} : undefined),
	},
	version: {
		label: 'Version',
		column: 'Version',
		groups: ['project', 'config'],
		keyOf: ({ project_id: id, config_id: config }) => `${id} ${config}`,
		nameOf: (record) =>
			`${versionName({ id: record.config_id ?? '', name: record.config ?? null })} (${projectName(record)})`,
		linkOf: ({ project_id: id, project, config_id: config }) =>
			id && project && config ? versionPath(id, config) : undefined,
		filtersOf: ({ project, config_id: version }) => (project && version ? { version } : undefined),
	},
	environment: {
		label: 'Environment',
		column: 'Environment',
		groups: ['environment'],
		keyOf: ({ environment }) => environment ?? '',
		nameOf: ({ environment }) => environment ?? 'none: the call named a version',
		filtersOf: ({ environment }) => (environment ? { environment } : undefined),
	},
	workflow: {
		label: 'n8n workflow',
		column: 'Workflow',
		groups: ['workflow'],
		keyOf: ({ workflow_id: id }) => id ?? '',
		nameOf: ({ workflow_id: id }) => id ?? 'other programs',
	},
	key: {
		label: 'API key',
		column: 'API key',
		groups: ['api_key'],
		keyOf: ({ api_key_id: id }) => id ?? '',
		nameOf: ({ api_key_id: id, api_key: name }) => keyLabel(name ?? (id ? `key ${id.slice(-6)}` : environmentKey)),
	},
	day: {
		label: 'Day',
		column: 'Day (UTC)',
		groups: ['day'],
		keyOf: ({ day }) => day ?? '',
		nameOf: ({ day }) => dayName(day ?? ''),
		filtersOf: () => ({}),
	},
} satisfies Record<string, Dimension>;

export type DimensionName = keyof typeof dimensions;

export const dimensionOf = (text: string | null): DimensionName =>
	text !== null && text in dimensions ? (text as DimensionName) : 'model';
