import { useQuery, useQueryClient } from '@tanstack/react-query';

import type { LogResponse } from '../../contract/logs.ts';
import type { ModelConfigResponse, ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import { Empty, ErrorState, Loading } from '../shared/states.tsx';
import { useUrlState } from '../shared/useUrlState.ts';
import { Differences } from './Differences.tsx';
import { chosenText, inputChoiceOf } from './inputChoice.ts';
import { InputPicker } from './InputPicker.tsx';
import { loggedInputsQuery, neededInputs } from './loggedInputs.ts';
import { isMade, pairsOf, type Pair, type Side } from './pairs.ts';
import { Results } from './Results.tsx';
import { RunPanel } from './RunPanel.tsx';
import { newRunId, runLogsQuery, type Job } from './runLogs.ts';
import { runSums } from './sums.ts';
import { Summary } from './Summary.tsx';
import { useRun } from './useRun.ts';
import { VersionPickers } from './VersionPickers.tsx';

interface ComparisonProps {
	projectId: string;
	/** All versions of the project, newest first. */
	all: ProjectConfigResponse[];
	versions: Record<Side, ModelConfigResponse>;
}

const sides = ['left', 'right'] as const;

/** The calls of a run that are as `matches` says. */
function jobsOf(pairs: Pair[], versions: ComparisonProps['versions'], matches: (answer: Pair[Side]) => boolean): Job[] {
	return pairs.flatMap((pair) =>
		sides.filter((side) => matches(pair[side])).map((side) => ({ version: versions[side], input: pair.input })),
	);
}

/** What the address says: the run and its inputs, and how it is shown. */
function useRunState(projectId: string, versions: ComparisonProps['versions']) {
	const [parameters, change] = useUrlState();
	const run = parameters.get('run') ?? undefined;
	const needed = [...new Set([...neededInputs(versions.left), ...neededInputs(versions.right)])].toSorted();
	const { count, chosen } = inputChoiceOf(parameters);
	const wanted = { count, until: parameters.get('until') ?? undefined, needed };
	const logged = useQuery(loggedInputsQuery(projectId, wanted));
	const logs = useQuery({ ...runLogsQuery(projectId, run ?? ''), enabled: run !== undefined });
	return { parameters, change, run, wanted, chosen, logged, logs };
}

/** What differs between two versions, and a run of both on the same inputs. */
export function Comparison({ projectId, all, versions }: ComparisonProps) {
	const queryClient = useQueryClient();
	const { parameters, change, run, wanted, chosen, logged, logs } = useRunState(projectId, versions);
	const { progress, error, failures, start, stop } = useRun(projectId);
	const isRunning = progress !== undefined && progress.state !== 'ended';

	// What is chosen is found again up to the same time only: later, another log can have the same input.
	const restart = { run: undefined, until: chosen && wanted.until };
	const choose = (pair: Record<Side, string>) => change({ ...pair, ...restart });
	// The logs of a run know their version, not its side.
	const exchange = () => change({ left: versions.right.id, right: versions.left.id });

	const begin = (jobs: Job[]) => {
		if (run !== undefined) return void start(run, jobs);
		const id = newRunId();
		const until = logged.data?.until;
		// The new address asks for the same: neither is read again.
		queryClient.setQueryData<LogResponse[]>(runLogsQuery(projectId, id).queryKey, []);
		queryClient.setQueryData(loggedInputsQuery(projectId, { ...wanted, until }).queryKey, logged.data);
		change({ left: versions.left.id, right: versions.right.id, run: id, until }, { replace: true });
		void start(id, jobs);
	};

	const results = () => {
		const failedQuery = logged.error ? logged : logs.error ? logs : undefined;
		if (failedQuery) return <ErrorState error={failedQuery.error} retry={failedQuery.refetch} />;
		if (!logged.data || (run !== undefined && !logs.data)) return <Loading rows={4} />;
		const { inputs, count, incomplete, until } = logged.data;
		const pairs = pairsOf({
			...{ inputs: chosen ? inputs.filter(({ id }) => chosen.has(id)) : inputs, logs: logs.data ?? [], failures },
			...{ left: versions.left.id, right: versions.right.id },
		});
		if (inputs.length + pairs.length === 0) return <NoInputs incomplete={incomplete} needed={wanted.needed} />;
		const sums = runSums(pairs);
		const made = new Set(pairs.filter(({ left, right }) => isMade(left) || isMade(right)).map(({ input }) => input.id));
		const isBegun = made.size > 0;
		const wantsBlind = parameters.get('blind') === 'yes';
		// Once all are rated, nobody can be influenced any more.
		const isBlind = wantsBlind && (isRunning || sums.rated < sums.rateable || sums.rateable === 0);
		return (
			<>
				<RunPanel
					projectId={projectId}
					versions={versions}
					logged={logged.data}
					isReading={logged.isPlaceholderData}
					count={wanted.count}
					isChosen={chosen !== undefined}
					jobs={jobsOf(pairs, versions, (answer) => !isMade(answer))}
					failed={jobsOf(pairs, versions, ({ error: failure }) => failure !== undefined)}
					isBegun={isBegun}
					isBlind={wantsBlind}
					progress={progress}
					error={error}
					onCount={(count) =>
						change(
							{ inputs: String(count), chosen: undefined, listed: undefined, until: run && wanted.until },
							{ replace: true },
						)
					}
					onChoose={() => change({ inputs: 'chosen', until: wanted.until ?? until }, { replace: true })}
					onBlind={(blind) => change({ blind: blind ? 'yes' : undefined }, { replace: true })}
					onRun={begin}
					onStop={stop}
					onClear={() => change(restart)}
				>
					{chosen && (
						<InputPicker
							{...{ inputs, count, chosen, made, isReading: logged.isPlaceholderData, disabled: isRunning }}
							onChoose={(ids) => change({ chosen: chosenText(ids) }, { replace: true })}
							onMore={(length) => change({ listed: String(length) }, { replace: true })}
						/>
					)}
				</RunPanel>
				{isBegun && run !== undefined && (
					<>
						<Summary
							projectId={projectId}
							sums={sums}
							versions={versions}
							isBlind={isBlind}
							onReveal={() => change({ blind: undefined }, { replace: true })}
						/>
						<Results
							projectId={projectId}
							run={run}
							pairs={pairs}
							versions={versions}
							isBlind={isBlind}
							isMarked={parameters.get('marks') !== 'no'}
							onMark={(isMarked) => change({ marks: isMarked ? undefined : 'no' }, { replace: true })}
						/>
					</>
				)}
			</>
		);
	};

	return (
		<>
			<VersionPickers
				versions={all}
				chosen={{ left: versions.left.id, right: versions.right.id }}
				disabled={isRunning}
				onChoose={choose}
				onExchange={exchange}
			/>
			<Differences {...versions} />
			{results()}
		</>
	);
}

function NoInputs({ incomplete, needed }: { incomplete: number; needed: string[] }) {
	return (
		<Empty title="There is no logged input to run them on">
			{incomplete === 0
				? 'Call the prompt first: each call is logged with its inputs.'
				: `The versions need ${needed.join(', ')}, and no log of the project has all of them. Try one on inputs that you type in.`}
		</Empty>
	);
}
