import { useQuery } from '@tanstack/react-query';

import type { ModelsResponse } from '../../contract/models.ts';
import { modelsQuery } from '../api/models.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { formatCount } from '../shared/figures.tsx';
import { ErrorState, Loading } from '../shared/states.tsx';
import { StatusBadge } from '../shared/StatusBadge.tsx';
import classes from './Settings.module.css';

type Provider = ModelsResponse['providers'][number];

/** Those that can be used come first. */
const rank = ({ available, needs_key: needsKey }: Provider) => (available ? (needsKey === true ? 1 : 0) : 2);

function State({ available, needs_key: needsKey, reason }: Provider) {
	if (!available) {
		return (
			<>
				<StatusBadge kind="neutral">not available</StatusBadge> <span className={classes.reason}>{reason}</span>
			</>
		);
	}
	if (needsKey === true) return <StatusBadge kind="warn">a key in each call</StatusBadge>;
	return <StatusBadge kind="good">ready</StatusBadge>;
}

const columns: Column[] = [{ name: 'Provider' }, { name: 'State' }, { name: 'Models in use', kind: 'figure' }];

/** Which providers can be called. Their keys are never shown. */
export function Providers() {
	const { data, error, refetch } = useQuery(modelsQuery);
	if (error) return <ErrorState error={error} retry={refetch} />;
	if (!data) return <Loading rows={6} />;
	return (
		<>
			<p className={classes.note}>
				If a provider has no key here, set one where the server runs, or send one with each call. In n8n, enter it in
				the credential.
			</p>
			<DataTable label="Providers" columns={columns}>
				{data
					.toSorted((a, b) => rank(a) - rank(b))
					.map((provider) => (
						<tr key={provider.name}>
							<th scope="row">{provider.name}</th>
							<td className={classes.state}>
								<State {...provider} />
							</td>
							<td data-figure>{provider.models.length > 0 && formatCount(provider.models.length)}</td>
						</tr>
					))}
			</DataTable>
		</>
	);
}
