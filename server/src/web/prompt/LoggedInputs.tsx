import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import type { LogResponse } from '../../contract/logs.ts';
import { recentLogsQuery } from '../api/logs.ts';
import { relativeTime } from '../shared/Time.tsx';
import { summaryOf } from './inputValue.ts';

interface LoggedInputsProps {
	projectId: string;
	/** The call that was chosen. */
	chosen: LogResponse | undefined;
	onChoose: (log: LogResponse) => void;
}

/** Chooses the inputs of a call that was really made, from the newest ones of the project, each once. */
export function LoggedInputs({ projectId, chosen, onChoose }: LoggedInputsProps) {
	const { data } = useQuery(recentLogsQuery(projectId, 50));
	const seen = new Set<string>();
	const logs = [...(chosen ? [chosen] : []), ...(data?.records ?? [])].filter(({ inputs, messages }) => {
		const key = JSON.stringify([inputs, messages]);
		if (inputs === null || seen.has(key)) return false;
		seen.add(key);
		return true;
	});
	const now = Date.now();
	return (
		<NativeSelect
			label="Use a logged input"
			value={chosen?.id ?? ''}
			disabled={logs.length === 0}
			data={[
				{
					value: '',
					label: logs.length === 0 ? 'No calls logged yet' : 'Choose a call …',
					// To choose it would change nothing, and the field would not show the chosen call again.
					disabled: chosen !== undefined,
				},
				...logs.map((log) => ({
					value: log.id,
					label: `${relativeTime(new Date(log.created_at), now)}: ${summaryOf(log)}`,
				})),
			]}
			onChange={(event) => {
				const log = logs.find(({ id }) => id === event.currentTarget.value);
				if (log) onChoose(log);
			}}
		/>
	);
}
