import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { environmentsQuery } from '../api/environments.ts';
import { projectQuery, versionsQuery } from '../api/projects.ts';
import { logSessionQuery } from '../api/sessions.ts';
import { versionName } from '../shared/names.ts';
import { SearchInput } from '../shared/SearchInput.tsx';
import type { UrlChange } from '../shared/useUrlState.ts';
import { ChoiceFilter, type Choice } from './ChoiceFilter.tsx';
import { filterNames, isFiltered, type Filters } from './filters.ts';
import { TextFilter } from './TextFilter.tsx';
import { TimeFilter } from './TimeFilter.tsx';

/** The values that people can choose, of all types of feedback. */
function useFeedbackChoices(projectId: string | undefined): Choice[] {
	const { data } = useQuery({ ...projectQuery(projectId ?? ''), enabled: projectId !== undefined });
	const types = data?.feedback_types ?? [];
	const defined = types.flatMap(({ type, values = [] }) => values.map(({ value }) => `${type}:${value}`));
	// What the page itself gives, also in a project that has not defined it.
	return [...new Set(['rating:good', 'rating:bad', ...defined])].map((value) => ({
		value,
		label: value.replace(':', ': '),
	}));
}

function useVersionChoices(projectId: string | undefined): Choice[] {
	const { data = [] } = useQuery({ ...versionsQuery(projectId ?? ''), enabled: projectId !== undefined });
	return data.map(({ config }) => ({ value: config.id, label: versionName(config) }));
}

const statuses = [
	{ value: 'failed', label: 'failed' },
	{ value: 'succeeded', label: 'succeeded' },
];

const calls = [
	{ value: 'programs', label: 'programs' },
	{ value: 'editor', label: 'Try it' },
	{ value: 'compare', label: 'Compare' },
];

interface FilterBarProps {
	/** undefined: all projects, so that there are too many versions to choose from. */
	projectId: string | undefined;
	filters: Filters;
	onChange: (change: UrlChange, options?: { replace?: boolean }) => void;
}

/** All filters of the list of logs. */
export function FilterBar({ projectId, filters, onChange }: FilterBarProps) {
	const versions = useVersionChoices(projectId);
	const feedback = useFeedbackChoices(projectId);
	const { data: environments = [] } = useQuery(environmentsQuery);
	const session = useQuery({ ...logSessionQuery(filters.session ?? ''), enabled: filters.session !== undefined }).data;
	const set = (name: keyof Filters) => (value: string | string[] | undefined, options?: { replace?: boolean }) =>
		onChange({ [name]: value }, options);
	return (
		<Group role="search" aria-label="Filters" gap="xs" mb="lg">
			<SearchInput
				label="Search inputs and outputs"
				value={filters.search ?? ''}
				onChange={(search) => onChange({ search }, { replace: true })}
			/>
			<ChoiceFilter
				label="Status"
				isSingle
				choices={statuses}
				values={filters.status === undefined ? [] : [filters.status]}
				onChange={set('status')}
			/>
			{(projectId !== undefined || filters.version.length > 0) && (
				<ChoiceFilter
					label="Version"
					choices={versions}
					values={filters.version}
					onChange={set('version')}
					empty={
						projectId === undefined ? 'Choose a project to see its versions.' : 'This project has no versions yet.'
					}
				/>
			)}
			<ChoiceFilter
				label="Environment"
				choices={environments.map(({ name }) => ({ value: name, label: name }))}
				values={filters.environment}
				onChange={set('environment')}
			/>
			<ChoiceFilter label="Feedback" choices={feedback} values={filters.feedback} onChange={set('feedback')} />
			<TimeFilter times={filters} onChange={onChange} />
			<ChoiceFilter
				label="Called by"
				isSingle
				choices={calls}
				values={filters.calls === undefined ? [] : [filters.calls]}
				onChange={([value], options) => onChange({ calls: value, source: undefined }, options)}
			/>
			<TextFilter
				label="Source"
				description="The exact source that calls send, such as n8n."
				value={filters.source.length === 0 ? undefined : filters.source.join(' or ')}
				onChange={(value) => onChange({ source: value, calls: undefined })}
			/>
			<TextFilter
				label="Session"
				description="The ID of the session, from the address of its page."
				value={filters.session}
				name={session?.reference_id ?? undefined}
				onChange={set('session')}
			/>
			<TextFilter
				label="Metadata"
				description="Part of a value in the metadata."
				value={filters.metadata}
				onChange={set('metadata')}
			/>
			{isFiltered(filters) && (
				<Button
					variant="subtle"
					size="compact-sm"
					onClick={() => onChange(Object.fromEntries(filterNames.map((name) => [name, undefined])))}
				>
					Clear all
				</Button>
			)}
		</Group>
	);
}
