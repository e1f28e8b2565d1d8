import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { usageQuery } from '../api/usage.ts';
import { lastDays } from '../shared/days.ts';
import { formatCount } from '../shared/figures.tsx';
import { Loading } from '../shared/states.tsx';

/** Who has run what is deployed in an environment in the last 7 days: n8n's workflows, and all others together. */
export function WhoUses({ projectId, environment }: { projectId: string; environment: string }) {
	const [from] = lastDays(7);
	const { data, error } = useQuery(
		usageQuery({
			project_id: [projectId],
			group_by: ['environment', 'workflow'],
			size: 100,
			...(from ? { from } : {}),
		}),
	);
	if (error) return <Text c="dimmed">Who uses it is not known: {error.message}</Text>;
	if (!data) return <Loading rows={1} height={24} />;
	const used = data.records.filter((record) => record.environment === environment);
	if (used.length === 0) return <Text c="dimmed">This server has run no calls there in the last 7 days.</Text>;
	return (
		<ul>
			{used.map(({ workflow_id, calls }) => (
				<li key={workflow_id ?? ''}>
					{workflow_id ? `n8n workflow ${workflow_id}` : 'Other programs'}: {formatCount(calls)}{' '}
					{calls === 1 ? 'call' : 'calls'}
				</li>
			))}
		</ul>
	);
}
