import { Button, Group, Radio, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';

import { FilterChip } from './FilterChip.tsx';
import { isPeriod, periods, type Filters } from './filters.ts';
import { useRadioKeys } from './useRadioKeys.ts';

const format = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** A time as a field for dates and times has it, in the browser's zone: `2026-11-30T08:15`. */
function toField(iso: string | undefined): string {
	if (iso === undefined || Number.isNaN(Date.parse(iso))) return '';
	const at = new Date(iso);
	return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** A field names a minute. The end of a range has all of its minute. */
function toTime(field: string, isEnd: boolean): string | undefined {
	return field === '' ? undefined : new Date(Date.parse(field) + (isEnd ? 59_999 : 0)).toISOString();
}

type Times = Pick<Filters, 'last' | 'from' | 'to'>;

const shownTime = (iso: string) => (Number.isNaN(Date.parse(iso)) ? iso : format.format(new Date(iso)));

function rangeText({ last, from, to }: Times): string | undefined {
	if (isPeriod(last)) return periods[last].label;
	if (from !== undefined && to !== undefined) return `${shownTime(from)} – ${shownTime(to)}`;
	if (from !== undefined) return `from ${shownTime(from)}`;
	return to === undefined ? undefined : `up to ${shownTime(to)}`;
}

function RangeForm({ times, onApply }: { times: Times; onApply: (times: Times) => void }) {
	const [from, setFrom] = useState(toField(times.from));
	const [to, setTo] = useState(toField(times.to));
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				onApply({ from: toTime(from, false), to: toTime(to, true) });
			}}
		>
			<TextInput
				type="datetime-local"
				label="From"
				mt="md"
				value={from}
				max={to || undefined}
				onChange={(event) => setFrom(event.currentTarget.value)}
			/>
			<TextInput
				type="datetime-local"
				label="Up to"
				mt="xs"
				value={to}
				min={from || undefined}
				onChange={(event) => setTo(event.currentTarget.value)}
			/>
			<Group justify="flex-end" mt="sm">
				<Button type="submit" size="xs">
					Apply
				</Button>
			</Group>
		</form>
	);
}

interface TimeFilterProps {
	times: Times;
	onChange: (times: Times, options?: { replace: boolean }) => void;
}

/** A filter by time: one of the last periods, or from when up to when. */
export function TimeFilter({ times, onChange }: TimeFilterProps) {
	const none = { last: undefined, from: undefined, to: undefined };
	const keys = useRadioKeys();
	return (
		<FilterChip label="Time" value={rangeText(times)} onClear={() => onChange(none)}>
			{(close) => {
				const choose = (last: string) => keys.choose(close, (options) => onChange({ ...none, last }, options));
				const apply = (some: Times) => {
					onChange({ ...none, ...some });
					close();
				};
				return (
					<>
						<Radio.Group aria-label="Period" value={times.last ?? ''} onChange={choose}>
							<Stack gap="xs" {...keys.handlers(close)}>
								{Object.entries(periods).map(([value, { label }]) => (
									<Radio
										key={value}
										value={value}
										label={`${label[0]!.toUpperCase()}${label.slice(1)}`}
										data-autofocus={value === times.last || undefined}
									/>
								))}
							</Stack>
						</Radio.Group>
						<RangeForm times={times} onApply={apply} />
					</>
				);
			}}
		</FilterChip>
	);
}
