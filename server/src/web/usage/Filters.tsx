import { NativeSelect, TextInput } from '@mantine/core';
import type { FocusEvent } from 'react';

import type { Days } from '../shared/days.ts';
import { ProjectSelect } from '../shared/ProjectSelect.tsx';
import type { UrlChange } from '../shared/useUrlState.ts';
import { presets } from './range.ts';
import classes from './Usage.module.css';

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
	/** Shows the day that filters, also in a field that was cleared. */
	const show = (day: string) => (event: FocusEvent<HTMLInputElement>) => {
		event.currentTarget.value = day;
	};
	return (
		<div className={classes.filters}>
			<ProjectSelect value={projectId} onChange={(project) => onChange({ project })} hasAll />
			<NativeSelect
				aria-label="Days"
				value={days ?? 'custom'}
				data={[
					...presets.map((count) => ({ value: String(count), label: `Last ${count} days` })),
					{ value: 'custom', label: 'Custom' },
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
						onBlur={show(from)}
						onChange={(event) => setDay('from', event.currentTarget.value)}
					/>
					<TextInput
						type="date"
						aria-label="Last day"
						value={to}
						min={from}
						onBlur={show(to)}
						onChange={(event) => setDay('to', event.currentTarget.value)}
					/>
				</>
			)}
		</div>
	);
}
