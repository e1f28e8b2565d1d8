import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { modelsQuery } from '../api/models.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { formatCount } from '../shared/figures.tsx';
import { ErrorState, Loading } from '../shared/states.tsx';
import { StatusBadge } from '../shared/StatusBadge.tsx';
import classes from './Settings.module.css';

const date = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });

/** Only addresses that a browser opens as a page. */
const isWebAddress = (address: string | null): address is string => address !== null && /^https?:\/\//.test(address);

const columns: Column[] = [
	{ name: 'Model' },
	{ name: 'Ends' },
	{ name: 'Use instead' },
	{ name: 'Versions', kind: 'figure' },
];

/** The models of stored versions whose provider switches them off, or has done so. */
export function EndingModels() {
	const { data, error, refetch } = useQuery(modelsQuery);
	if (error) return <ErrorState error={error} retry={refetch} />;
	if (!data) return <Loading rows={3} />;
	const today = new Date().toISOString().slice(0, 10);
	const ending = data
		.flatMap(({ name, models }) => models.map((model) => ({ provider: name, ...model })))
		.filter(({ shut_down_on: day }) => day !== null)
		.toSorted((a, b) => (a.shut_down_on ?? '').localeCompare(b.shut_down_on ?? ''));
	if (ending.length === 0)
		return <p className={classes.note}>No stored version runs a model that ends, as far as this server knows.</p>;
	return (
		<DataTable label="Models that end" columns={columns}>
			{ending.map(({ provider, model, configs, shut_down_on: day, successor, source }) => (
				<tr key={`${provider} ${model}`}>
					<th scope="row">
						{model} <span className={classes.reason}>({provider})</span>
					</th>
					<td>
						{day! <= today ? (
							<StatusBadge kind="bad">ended {date.format(new Date(day!))}</StatusBadge>
						) : (
							<StatusBadge kind="warn">{date.format(new Date(day!))}</StatusBadge>
						)}
					</td>
					<td>
						{successor ?? 'not stated'}
						{isWebAddress(source) && (
							<>
								{' '}
								<Anchor href={source} target="_blank" rel="noreferrer" inherit underline="always">
									source
								</Anchor>
							</>
						)}
					</td>
					<td data-figure>{formatCount(configs)}</td>
				</tr>
			))}
		</DataTable>
	);
}
