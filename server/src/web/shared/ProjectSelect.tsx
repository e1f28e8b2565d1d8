import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { projectQuery, projectsQuery } from '../api/projects.ts';

const all = { value: '', label: 'All projects' };

interface ProjectSelectProps {
	/** undefined: none is chosen, or all. */
	value: string | undefined;
	onChange: (id: string | undefined) => void;
	/** Whether all projects can be chosen too. */
	hasAll?: boolean;
}

/** Chooses a project by a part of its name. */
export function ProjectSelect({ value, onChange, hasAll = false }: ProjectSelectProps) {
	const [search, setSearch] = useState('');
	const [filter] = useDebouncedValue(search, 200);
	const chosen = useQuery({ ...projectQuery(value ?? ''), enabled: value !== undefined }).data;
	// Once a project is chosen, its name is what the field holds. That is no search.
	const isSearch = filter !== '' && filter !== chosen?.name && filter !== all.label;
	const { data } = useQuery(projectsQuery({ ...(isSearch ? { filter } : {}), size: 50, sort_by: 'updated_at' }));
	const others = (data?.records ?? []).filter(({ id }) => id !== chosen?.id);
	return (
		<Select
			aria-label="Project"
			searchable
			allowDeselect={false}
			nothingFoundMessage="No project has this in its name"
			value={value ?? (hasAll ? all.value : null)}
			onChange={(id) => onChange(id || undefined)}
			onSearchChange={setSearch}
			// The server has searched.
			filter={({ options }) => options}
			data={[
				...(hasAll ? [all] : []),
				...[...(chosen ? [chosen] : []), ...others].map(({ id, name }) => ({ value: id, label: name })),
			]}
			w={{ base: '100%', xs: 240 }}
		/>
	);
}
