import { NativeSelect, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { projectQuery, projectsQuery } from '../api/projects.ts';
import type { Days } from '../shared/days.ts';
import type { UrlChange } from '../shared/useUrlState.ts';
import { presets } from './range.ts';
import classes from './Usage.module.css';

/** Chooses one project, or all. Finds parts of names while somebody types. */
function ProjectFilter({ id, onChange }: { id: string | undefined; onChange: (id: string | undefined) => void }) {
	const [text, setText] = useState('');
	const [search] = useDebouncedValue(text, 150);
	const { data } = useQuery(projectsQuery({ filter: search, size: 50, sort_by: 'name', order: 'asc' }));
	const { data: chosen } = useQuery({ ...projectQuery(id ?? ''), enabled: id !== undefined });
	const options = new Map((data?.records ?? []).map((project) => [project.id, project.name]));
	if (chosen) options.set(chosen.id, chosen.name);
	return (
		<Select
			aria-label="Project"
			placeholder="All projects"
			searchable
			clearable
			clearButtonProps={{ 'aria-label': 'All projects' }}
			nothingFoundMessage="No project has this in its name"
			value={id ?? null}
			data={[...options].map(([value, label]) => ({ value, label }))}
			onSearchChange={(value) => setText(value === chosen?.name ? '' : value)}
			filter={({ options: all }) => all}
			onChange={(value) => onChange(value ?? undefined)}
			w={{ base: '100%', xs: 240 }}
		/>
	);
}

interface FiltersProps {
	range: Days & { days: number | undefined };
	projectId: string | undefined;
	onChange: (change: UrlChange) => void;
}

/** Which days, and which project. */
export function Filters({ range: { from, to, days }, projectId, onChange }: FiltersProps) {
	const setDay = (name: 'from' | 'to', value: string) => {
		if (value === '') return;
		const other = name === 'from' ? to : from;
		const isInOrder = name === 'from' ? value <= other : other <= value;
		onChange({ days: undefined, from, to, [name]: value, ...(isInOrder ? {} : { from: value, to: value }) });
	};
	return (
		<div className={classes.filters}>
			<ProjectFilter id={projectId} onChange={(project) => onChange({ project })} />
			<NativeSelect
				aria-label="Days"
				value={days ?? 'custom'}
				data={[
					...presets.map((count) => ({ value: String(count), label: `Last ${count} days` })),
					{ value: 'custom', label: 'From … to …' },
				]}
				onChange={({ currentTarget: { value } }) =>
					onChange(value === 'custom' ? { days: undefined, from, to } : { days: value, from: undefined, to: undefined })
				}
			/>
			{days === undefined && (
				<>
					<TextInput
						type="date"
						aria-label="First day"
						value={from}
						max={to}
						onChange={(event) => setDay('from', event.currentTarget.value)}
					/>
					<TextInput
						type="date"
						aria-label="Last day"
						value={to}
						min={from}
						onChange={(event) => setDay('to', event.currentTarget.value)}
					/>
				</>
			)}
		</div>
	);
}
