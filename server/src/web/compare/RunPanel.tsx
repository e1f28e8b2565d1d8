import { Button, NativeSelect, Switch, Text, Title, VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import type { ModelConfigResponse } from '../../contract/modelConfigs.ts';
import { modelsQuery } from '../api/models.ts';
import { formatCost } from '../shared/figures.tsx';
import { versionName } from '../shared/names.ts';
import { PermissionButton } from '../shared/PermissionButton.tsx';
import { ErrorState } from '../shared/states.tsx';
import { useCostPerCall } from './estimate.ts';
import { counts } from './inputChoice.ts';
import type { LoggedInputs } from './loggedInputs.ts';
import type { Side } from './pairs.ts';
import classes from './RunPanel.module.css';
import type { Job } from './runLogs.ts';
import type { Progress } from './useRun.ts';

interface RunPanelProps {
	projectId: string;
	versions: Record<Side, ModelConfigResponse>;
	logged: LoggedInputs;
	/** Whether other inputs are being read, and these are shown until then. */
	isReading: boolean;
	/** How many inputs are wanted. */
	count: number;
	/** Whether somebody chooses the inputs one by one. */
	isChosen: boolean;
	/** The calls that have not been made. */
	jobs: Job[];
	/** The calls that failed. */
	failed: Job[];
	/** Whether there are results. */
	isBegun: boolean;
	isBlind: boolean;
	progress: Progress | undefined;
	error: unknown;
	onCount: (count: number) => void;
	/** Begins to choose the inputs one by one. */
	onChoose: () => void;
	onBlind: (isBlind: boolean) => void;
	onRun: (jobs: Job[]) => void;
	onStop: () => void;
	/** Forgets the results, to run again. */
	onClear: () => void;
	/** What the inputs are chosen with. */
	children: ReactNode;
}

const callsOf = (count: number) => `${count} ${count === 1 ? 'call' : 'calls'}`;

/** Which inputs the versions run on. */
function inputsText({ inputs, count, incomplete }: LoggedInputs): string {
	const found = inputs.length;
	const words =
		found < count
			? [`The project has ${found} distinct logged ${found === 1 ? 'input' : 'inputs'} for these versions.`]
			: [];
	if (incomplete === 1)
		words.push('1 other input was passed over: it lacks a variable that one of the versions needs.');
	if (incomplete > 1)
		words.push(`${incomplete} other inputs were passed over: they lack a variable that one of the versions needs.`);
	return words.join(' ');
}

/** What the calls will cost, in words. */
function useEstimate({ projectId, versions, jobs }: RunPanelProps): string {
	const inputsOf = (side: Side) =>
		jobs.filter(({ version }) => version.id === versions[side].id).map(({ input }) => input);
	const inputs = { left: inputsOf('left'), right: inputsOf('right') };
	const costs = {
		left: useCostPerCall(projectId, versions.left, inputs.left),
		right: useCostPerCall(projectId, versions.right, inputs.right),
	};
	let sum = 0;
	const unknown: string[] = [];
	for (const side of ['left', 'right'] as const) {
		const calls = inputs[side].length;
		const cost = costs[side];
		if (cost === undefined) return '…';
		if (cost === null && calls > 0) unknown.push(versionName(versions[side]));
		sum += (cost ?? 0) * calls;
	}
	if (unknown.length === 2) return 'unknown: no price is known for these models';
	if (unknown.length === 1) return `about ${formatCost(sum)}, and an unknown cost of ${unknown[0]}`;
	return `about ${formatCost(sum)}`;
}

/** The providers for which the server has no key. */
function useMissingKeys(versions: RunPanelProps['versions']): string[] {
	const { data = [] } = useQuery(modelsQuery);
	const used = new Set([versions.left.provider, versions.right.provider]);
	return data.filter(({ name, needs_key }) => needs_key === true && used.has(name)).map(({ name }) => name);
}

function ProgressView({ progress }: RunPanelProps) {
	if (!progress) return null;
	const { state, done, total } = progress;
	return (
		<div className={classes.progress}>
			<progress className={classes.bar} value={done} max={Math.max(1, total)} aria-label="Calls done" />
			<Text size="sm" mt={6}>
				{done} of {callsOf(total)} done.
			</Text>
			<Text size="sm" role="status">
				{state === 'stopping' && 'Stopping. Calls that are under way are finished, because they are paid for.'}
				{state === 'ended' && (done < total ? 'Stopped.' : <VisuallyHidden>All calls are done.</VisuallyHidden>)}
			</Text>
		</div>
	);
}

/** Chooses on how many inputs both versions run, says what that costs, and runs them. */
export function RunPanel(props: RunPanelProps) {
	const { logged, isReading, count, isChosen, jobs, failed, isBegun, isBlind, progress, error } = props;
	const { onCount, onChoose, onBlind, onRun, onStop, onClear, children } = props;
	const estimate = useEstimate(props);
	const missingKeys = useMissingKeys(props.versions);
	const isRunning = progress !== undefined && progress.state !== 'ended';
	return (
		<section aria-labelledby="run-heading" className={classes.panel}>
			<Title order={2} id="run-heading">
				Run both on logged inputs
			</Title>
			<Text c="dimmed" className={classes.about}>
				{isChosen && !isBegun && jobs.length === 0 && 'Choose the inputs below. '}
				{inputsText(logged)}
			</Text>
			<div className={classes.controls}>
				<NativeSelect
					label="Inputs"
					data={[
						...counts.map((one) => ({ value: String(one), label: `The newest ${one}` })),
						{ value: 'chosen', label: 'Ones I choose' },
					]}
					value={isChosen ? 'chosen' : String(count)}
					disabled={isRunning}
					onChange={(event) => {
						const { value } = event.currentTarget;
						if (value === 'chosen') onChoose();
						else onCount(Number(value));
					}}
				/>
				{isRunning ? (
					<Button variant="default" disabled={progress.state === 'stopping'} onClick={onStop}>
						Stop
					</Button>
				) : (
					<>
						{jobs.length > 0 && (
							<PermissionButton role="run" loading={isReading} onClick={() => onRun(jobs)}>
								{isBegun ? `Run ${callsOf(jobs.length)} more` : `Run ${callsOf(jobs.length)}`}
							</PermissionButton>
						)}
						{failed.length > 0 && (
							<PermissionButton role="run" variant="default" onClick={() => onRun(failed)}>
								{`Try ${failed.length} failed ${failed.length === 1 ? 'call' : 'calls'} again`}
							</PermissionButton>
						)}
						{isBegun && jobs.length === 0 && (
							<Button variant="default" onClick={onClear}>
								Start over
							</Button>
						)}
					</>
				)}
				<Switch
					className={classes.blind}
					label="Hide which version has answered"
					checked={isBlind}
					onChange={(event) => onBlind(event.currentTarget.checked)}
				/>
			</div>
			{children}
			{!isRunning && jobs.length > 0 && (
				<Text size="sm" mt="sm">
					Cost: {estimate}. It counts for budgets, as any call does.
				</Text>
			)}
			{missingKeys.length > 0 && (
				<Text size="sm" mt="sm" className={classes.warning}>
					The server has no key for {missingKeys.join(' and ')}. Ask its operator to set one: calls from here cannot
					bring their own.
				</Text>
			)}
			<ProgressView {...props} />
			{error !== undefined && (
				<div className={classes.error}>
					<ErrorState error={error} />
				</div>
			)}
		</section>
	);
}
