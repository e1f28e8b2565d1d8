import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import type { LogResponse } from '../../contract/logs.ts';
import { recentLogsQuery } from '../api/logs.ts';
import { relativeTime } from '../shared/Time.tsx';
import { summaryOf } from './inputValue.ts';

/** Chooses the inputs of a call that was really made, from the newest ones of the project, each once. */
export function LoggedInputs({ projectId, onChoose }: { projectId: string; onChoose: (log: LogResponse) => void }) {
	const { data } = useQuery(recentLogsQuery(projectId, 50));
	const seen = new Set<string>();
	const logs = (data?.records ?? []).filter(({ inputs, messages }) => {
		const key = JSON.stringify([inputs, messages]);
		if (inputs === null || seen.has(key)) return false;
		seen.add(key);
		return true;
	});
	const now = Date.now();
	return (
		<NativeSelect
			label="Use a logged input"
			value=""
			disabled={logs.length === 0}
			data={[
				{ value: '', label: logs.length === 0 ? 'No call was logged yet' : 'Choose a call …' },
				...logs.map(({ id, inputs, created_at }) => ({
					value: id,
					label: `${relativeTime(new Date(created_at), now)}: ${summaryOf(inputs)}`,
				})),
			]}
			onChange={(event) => {
				const log = logs.find(({ id }) => id === event.currentTarget.value);
				if (log) onChoose(log);
			}}
		/>
	);
}
