import { Switch, Title } from '@mantine/core';
import { useRef } from 'react';

import type { ModelConfigResponse } from '../../contract/modelConfigs.ts';
import { usePermission } from '../shared/useRole.ts';
import { isExchanged } from './blind.ts';
import { isMade, type Pair, type Side } from './pairs.ts';
import { ResultRow } from './ResultRow.tsx';
import classes from './Results.module.css';
import { useVerdicts } from './verdicts.ts';

interface ResultsProps {
	projectId: string;
	run: string;
	pairs: Pair[];
	versions: Record<Side, ModelConfigResponse>;
	isBlind: boolean;
	isMarked: boolean;
	onMark: (isMarked: boolean) => void;
}

/** All inputs with their answers, to be rated by key or click. A rating moves on to the next input without one. */
export function Results({ projectId, run, pairs, versions, isBlind, isMarked, onMark }: ResultsProps) {
	const rate = useVerdicts(projectId, run);
	const permission = usePermission('run');
	const rows = useRef(new Map<string, HTMLDivElement>());
	const made = pairs.filter(({ left, right }) => isMade(left) || isMade(right));

	const moveOn = (from: number) => {
		const next = [...made.slice(from + 1), ...made.slice(0, from)].find(({ verdict }) => verdict === undefined);
		const row = next && rows.current.get(next.input.id);
		if (!row) return;
		row.focus({ preventScroll: true });
		row.scrollIntoView({ block: 'nearest' });
	};

	return (
		<section aria-labelledby="answers-heading">
			<div className={classes.heading}>
				<Title order={2} id="answers-heading">
					Answers
				</Title>
				<Switch
					label="Mark the words that differ"
					checked={isMarked}
					onChange={(event) => onMark(event.currentTarget.checked)}
				/>
			</div>
			<p className={classes.hint}>
				Which answer is better? Choose an input and press <kbd>←</kbd>, <kbd>→</kbd> or <kbd>=</kbd>, or click. Your
				ratings are stored as feedback with the logs.
			</p>
			<ol className={classes.list} aria-label="Answers">
				{made.map((pair, index) => (
					<li key={pair.input.id}>
						<ResultRow
							ref={(row) => {
								if (row) rows.current.set(pair.input.id, row);
								else rows.current.delete(pair.input.id);
							}}
							number={index + 1}
							total={made.length}
							pair={pair}
							versions={versions}
							isBlind={isBlind}
							isExchanged={isBlind && isExchanged(run, pair.input.id)}
							isMarked={isMarked}
							onRate={
								permission.isAllowed
									? (verdict) => {
											const { left, right } = pair;
											if (left.log && right.log) rate({ left: left.log, right: right.log, verdict });
										}
									: undefined
							}
							onNext={() => moveOn(index)}
						/>
					</li>
				))}
			</ol>
		</section>
	);
}
