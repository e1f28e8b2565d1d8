import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { type Key, keysQuery } from '../api/keys.ts';
import { statusQuery } from '../api/status.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { formatCount } from '../shared/figures.tsx';
import { environmentKey, keyLabel } from '../shared/keyLabel.ts';
import { pageOf, Pager } from '../shared/Pager.tsx';
import { ErrorState, Loading } from '../shared/states.tsx';
import { StatusBadge } from '../shared/StatusBadge.tsx';
import { Time } from '../shared/Time.tsx';
import { useUrlState } from '../shared/useUrlState.ts';
import { ChangeKey, type KeyChange } from './ChangeKey.tsx';
import classes from './Settings.module.css';

const size = 50;

const kinds = { valid: 'good', replaced: 'warn', expired: 'neutral', revoked: 'neutral' } as const;

function State({ of: { state, expires_at: expires } }: { of: Key }) {
	const kind = kinds[state as keyof typeof kinds] ?? 'neutral';
	return (
		<>
			<StatusBadge kind={kind}>{state}</StatusBadge>
			{expires !== null && (state === 'valid' || state === 'replaced') && (
				<span className={classes.reason}>
					{' '}
					until <Time at={expires} />
				</span>
			)}
		</>
	);
}

/** What can still be done with a key. */
function changesOf({ state }: Key): KeyChange[] {
	if (state === 'valid') return ['rotate', 'revoke'];
	return state === 'replaced' ? ['revoke'] : [];
}

const verbs: Record<KeyChange, string> = { rotate: 'Rotate', revoke: 'Revoke' };

function KeyRow({ of, onChange }: { of: Key; onChange: (change: KeyChange) => void }) {
	return (
		<tr>
			<th scope="row">{of.name}</th>
			<td>{of.role}</td>
			<td>
				<State of={of} />
			</td>
			<td>{of.last_used_at === null ? 'never' : <Time at={of.last_used_at} />}</td>
			<td data-figure>
				{of.requests_per_minute === null ? 'none' : `${formatCount(of.requests_per_minute)} per minute`}
			</td>
			<td>
				<Time at={of.created_at} /> by {keyLabel(of.created_by)}
			</td>
			<td className={classes.buttons}>
				{changesOf(of).map((change) => (
					<Button
						key={change}
						size="compact-sm"
						variant="default"
						aria-label={`${verbs[change]} ${of.name}`}
						onClick={() => onChange(change)}
					>
						{verbs[change]}…
					</Button>
				))}
			</td>
		</tr>
	);
}

const columns: Column[] = [
	{ name: 'Name' },
	{ name: 'Role' },
	{ name: 'State' },
	{ name: 'Last used' },
	{ name: 'Rate limit', kind: 'figure' },
	{ name: 'Created' },
	{ name: 'Change', kind: 'buttons' },
];

/** Who has an API key, and what it may do. For admins. */
export function Keys() {
	const [parameters] = useUrlState();
	const page = pageOf(parameters);
	const [changing, setChanging] = useState<{ of: Key; change: KeyChange }>();
	const { data, error, refetch } = useQuery(keysQuery(page, size));
	const { data: status } = useQuery(statusQuery);
	if (error) return <ErrorState error={error} retry={refetch} />;
	if (!data) return <Loading rows={4} />;
	return (
		<>
			<DataTable label="API keys" columns={columns}>
				{status?.has_environment_key && (
					<tr>
						<th scope="row">{keyLabel(environmentKey)}</th>
						<td>admin</td>
						<td colSpan={5}>
							<StatusBadge kind="good">valid</StatusBadge>{' '}
							<span className={classes.reason}>set in {environmentKey}</span>
						</td>
					</tr>
				)}
				{data.records.map((key) => (
					<KeyRow key={key.id} of={key} onChange={(change) => setChanging({ of: key, change })} />
				))}
			</DataTable>
			<Pager page={page} size={size} total={data.total} of="keys" />
			{changing && <ChangeKey {...changing} onClose={() => setChanging(undefined)} />}
		</>
	);
}
