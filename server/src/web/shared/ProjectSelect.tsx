import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { projectQuery, projectsQuery } from '../api/projects.ts';

/** `Select` forgets the label of an empty value while it is not among the choices. */
const all = { value: '*', label: 'All projects' };

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
	// The field holds the name of what is chosen until somebody types. That is no search.
	const isChosen = (text: string) => text === (value === undefined ? all.label : chosen?.name);
	const isSearch = filter !== '' && !isChosen(filter);
	const { data } = useQuery(projectsQuery({ ...(isSearch ? { filter } : {}), size: 50, sort_by: 'updated_at' }));
	const found = data?.records ?? [];
	const choices = isSearch || !chosen ? found : [chosen, ...found.filter(({ id }) => id !== chosen.id)];
	return (
		<Select
			aria-label="Project"
			searchable
			allowDeselect={false}
			nothingFoundMessage="No projects match"
			value={value ?? (hasAll ? all.value : null)}
			onChange={(id) => onChange(id === null || id === all.value ? undefined : id)}
			// So that typing replaces the name.
			onClick={({ currentTarget }) => isChosen(search) && currentTarget.select()}
			onSearchChange={setSearch}
			// The server has searched.
			filter={({ options }) => options}
			data={[...(hasAll && !isSearch ? [all] : []), ...choices.map(({ id, name }) => ({ value: id, label: name }))]}
			w={{ base: '100%', xs: 240 }}
		/>
	);
}
