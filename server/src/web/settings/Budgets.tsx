import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { type Budget, budgetsQuery, deleteBudget } from '../api/budgets.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { Cost, formatCost } from '../shared/figures.tsx';
import { environmentKey, keyLabel } from '../shared/keyLabel.ts';
import { ErrorState, errorText, Loading } from '../shared/states.tsx';
import { Time } from '../shared/Time.tsx';
import classes from './Settings.module.css';

const nameOf = ({ project, project_id: projectId, api_key: key }: Budget) =>
	projectId === null ? keyLabel(key ?? environmentKey) : (project ?? 'a deleted project');

/** Deletes a budget. */
function useDelete() {
	const queryClient = useQueryClient();
	const refresh = () => queryClient.invalidateQueries({ queryKey: ['budgets'] });
	return useMutation({
		mutationFn: ({ id }: Budget) => deleteBudget(id),
		onSuccess: async (_, budget) => {
			await refresh();
			notifications.show({
				title: 'Budget deleted',
				message: `It no longer limits the calls of ${nameOf(budget)}.`,
			});
		},
		onError: (error) => notifications.show({ color: 'red', title: 'Not deleted', message: errorText(error) }),
	});
}

function Spent({ of: { spent, limit } }: { of: Budget }) {
	const share = limit === 0 ? 1 : Math.min(1, spent / limit);
	return (
		<>
			<Cost dollars={spent} />
			<div className={classes.bar} aria-hidden>
				<div className={share > 0.9 ? classes.nearlyAll : classes.part} style={{ width: `${share * 100}%` }} />
			</div>
		</>
	);
}

const columns: Column[] = [
	{ name: 'For' },
	{ name: 'Limit', kind: 'figure' },
	{ name: 'Spent', kind: 'figure' },
	{ name: 'Left', kind: 'figure' },
	{ name: 'Renews' },
	{ name: 'Change', kind: 'buttons' },
];

/** How much the calls of keys and projects may cost, and what they have cost. For admins. */
export function Budgets({ onChange }: { onChange: (budget: Budget) => void }) {
	const { data, error, refetch } = useQuery(budgetsQuery);
	const { mutate } = useDelete();
	if (error) return <ErrorState error={error} retry={refetch} />;
	if (!data) return <Loading rows={3} />;
	if (data.length === 0) {
		return (
			<p className={classes.note}>
				There is no limit on costs. A budget refuses calls that could cost more than is left.
			</p>
		);
	}
	return (
		<DataTable label="Budgets" columns={columns}>
			{data.map((budget) => (
				<tr key={budget.id}>
					<th scope="row">
						{nameOf(budget)}{' '}
						<span className={classes.reason}>{budget.project_id === null ? 'API key' : 'project'}</span>
					</th>
					<td data-figure>
						{formatCost(budget.limit)} a {budget.period}
					</td>
					<td data-figure>
						<Spent of={budget} />
					</td>
					<td data-figure>
						<Cost dollars={budget.remaining} />
					</td>
					<td>
						<Time at={budget.renews_at} />
					</td>
					<td className={classes.buttons}>
						<Button
							size="compact-sm"
							variant="default"
							aria-label={`Change the budget of ${nameOf(budget)}`}
							onClick={() => onChange(budget)}
						>
							Change…
						</Button>
						<Button
							size="compact-sm"
							variant="default"
							aria-label={`Delete the budget of ${nameOf(budget)}`}
							onClick={() => mutate(budget)}
						>
							Delete
						</Button>
					</td>
				</tr>
			))}
		</DataTable>
	);
}
