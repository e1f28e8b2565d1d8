import { Button, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

import type { Budget } from '../api/budgets.ts';
import { sessionQuery } from '../api/session.ts';
import { PageHeader } from '../shared/PageHeader.tsx';
import { Loading } from '../shared/states.tsx';
import { usePermission } from '../shared/useRole.ts';
import { Budgets } from './Budgets.tsx';
import { EndingModels } from './EndingModels.tsx';
import { Keys } from './Keys.tsx';
import { NewKey } from './NewKey.tsx';
import { Providers } from './Providers.tsx';
import { SetBudget } from './SetBudget.tsx';
import classes from './Settings.module.css';
import { Status } from './Status.tsx';

function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
	return (
		<section className={classes.section}>
			<div className={classes.head}>
				<Title order={2}>{title}</Title>
				{action}
			</div>
			{children}
		</section>
	);
}

/** What only admins see: API keys and budgets. */
function ForAdmins() {
	// Undefined: the dialog is closed. null: a new budget.
	const [budget, setBudget] = useState<Budget | null>();
	return (
		<>
			<Section title="API keys" action={<NewKey />}>
				<Keys />
			</Section>
			<Section
				title="Budgets"
				action={
					<Button variant="default" onClick={() => setBudget(null)}>
						New budget…
					</Button>
				}
			>
				<Budgets onChange={setBudget} />
			</Section>
			{budget !== undefined && <SetBudget of={budget ?? undefined} onClose={() => setBudget(undefined)} />}
		</>
	);
}

/** The keys, providers and health of the server. */
export default function Settings() {
	const { data } = useQuery(sessionQuery);
	const { isAllowed, reason } = usePermission('admin');
	return (
		<>
			<PageHeader title="Settings" />
			{!data ? (
				<Loading rows={6} />
			) : isAllowed ? (
				<ForAdmins />
			) : (
				<Section title="API keys and budgets">
					<p className={classes.note}>{reason}</p>
				</Section>
			)}
			<Section title="Providers">
				<Providers />
			</Section>
			<Section title="Models that end">
				<EndingModels />
			</Section>
			<Section title="Server">
				<Status />
			</Section>
		</>
	);
}
