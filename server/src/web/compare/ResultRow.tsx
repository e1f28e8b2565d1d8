import { Button } from '@mantine/core';
import { useMemo, type KeyboardEvent, type Ref } from 'react';

import type { ModelConfigResponse } from '../../contract/modelConfigs.ts';
import { totalCost } from '../api/cost.ts';
import { Cost, Duration } from '../shared/figures.tsx';
import { logPath, versionName } from '../shared/names.ts';
import { errorText } from '../shared/states.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import { InputView } from './InputView.tsx';
import { changesOf, SideText } from './SideText.tsx';
import { outputText } from './outputText.ts';
import type { Answer, Pair, Side } from './pairs.ts';
import classes from './Results.module.css';
import type { Verdict } from './verdicts.ts';

const choices = [
	{ verdict: 'left', label: 'Left', more: ' is better', sign: '←', key: 'ArrowLeft' },
	{ verdict: 'same', label: 'Same', more: '', sign: '=', key: '=' },
	{ verdict: 'right', label: 'Right', more: ' is better', sign: '→', key: 'ArrowRight' },
] as const;

export const verdictWords: Record<Verdict, string> = { left: 'left is better', same: 'same', right: 'right is better' };

/** The verdict with left and right exchanged. */
const exchanged = (verdict: Verdict | undefined): Verdict | undefined =>
	verdict === 'left' ? 'right' : verdict === 'right' ? 'left' : verdict;

interface AnswerViewProps {
	answer: Answer;
	side: Side;
	/** Undefined: it is hidden which version has answered. */
	version: ModelConfigResponse | undefined;
	changes: ReturnType<typeof changesOf>;
}

function AnswerView({ answer: { log, error }, side, version, changes }: AnswerViewProps) {
	const text = log && outputText(log);
	const place = side === 'left' ? 'Left' : 'Right';
	return (
		<div className={classes.answer} role="group" aria-label={`${place} answer`}>
			<div className={classes.head}>
				<span className={classes.name}>{version ? versionName(version) : place}</span>
				{version && log && (
					<>
						<Duration seconds={log.duration} />
						<Cost dollars={totalCost(log)} />
						<TextLink href={logPath(log.id)}>Log</TextLink>
					</>
				)}
			</div>
			{error !== undefined ? (
				<p className={classes.failed}>{errorText(typeof error === 'string' ? new Error(error) : error)}</p>
			) : text === undefined ? (
				<p className={classes.none}>Not run yet</p>
			) : text === '' ? (
				<p className={classes.none}>Empty answer</p>
			) : (
				<SideText text={text} changes={changes} side={side} />
			)}
		</div>
	);
}

interface ResultRowProps {
	/** From 1. */
	number: number;
	total: number;
	pair: Pair;
	versions: Record<Side, ModelConfigResponse>;
	/** Whether it is hidden which version has answered. The answers may be in exchanged places then. */
	isBlind: boolean;
	isExchanged: boolean;
	isMarked: boolean;
	/** undefined: the API key may not rate. */
	onRate: ((verdict: Verdict | undefined) => void) | undefined;
	/** Goes to the next input without a rating. */
	onNext: () => void;
	ref: Ref<HTMLDivElement>;
}

/** An input, both answers beside each other, and which is better. */
export function ResultRow(props: ResultRowProps) {
	const { number, total, pair, versions, isBlind, isExchanged, isMarked, onRate, onNext, ref } = props;
	const [first, second]: [Side, Side] = isExchanged ? ['right', 'left'] : ['left', 'right'];
	const shown = { left: pair[first], right: pair[second] };
	const verdict = isExchanged ? exchanged(pair.verdict) : pair.verdict;
	const texts = [shown.left, shown.right].map(({ log, error }) =>
		log && error === undefined ? outputText(log) : undefined,
	);
	const [left, right] = texts;
	const changes = useMemo(
		() => (isMarked && left !== undefined && right !== undefined ? changesOf(left, right) : undefined),
		[isMarked, left, right],
	);
	const canRate = onRate !== undefined && pair.left.log !== undefined && pair.right.log !== undefined;
	const rate = (chosen: Verdict) => {
		const next = chosen === verdict ? undefined : chosen;
		onRate?.(isExchanged ? exchanged(next) : next);
	};
	const onKeyDown = (event: KeyboardEvent) => {
		const choice = choices.find(({ key }) => key === event.key);
		if (!choice || !canRate || event.ctrlKey || event.metaKey || event.altKey) return;
		event.preventDefault();
		// A key that is pressed twice rates twice the same, and does not take the rating back.
		if (choice.verdict !== verdict) rate(choice.verdict);
		onNext();
	};
	const label = `Input ${number} of ${total}${verdict ? `: ${verdictWords[verdict]}` : ''}`;
	return (
		<div ref={ref} role="group" aria-label={label} tabIndex={0} className={classes.row} onKeyDown={onKeyDown}>
			<div className={classes.input}>
				<h3 className={classes.number}>Input {number}</h3>
				<InputView input={pair.input} />
			</div>
			{(['left', 'right'] as const).map((side) => (
				<AnswerView
					key={side}
					side={side}
					answer={shown[side]}
					version={isBlind ? undefined : versions[side === 'left' ? first : second]}
					changes={changes}
				/>
			))}
			<div className={classes.rate}>
				{choices.map(({ verdict: own, label: name, more, sign, key }) => (
					<Button
						key={own}
						size="compact-sm"
						variant={verdict === own ? 'filled' : 'default'}
						aria-label={`${name}${more}`}
						aria-pressed={verdict === own}
						aria-keyshortcuts={key}
						disabled={!canRate}
						leftSection={own === 'right' ? undefined : <span aria-hidden>{sign}</span>}
						rightSection={own === 'right' ? <span aria-hidden>{sign}</span> : undefined}
						onClick={() => {
							rate(own);
							// As after a key, so that the next key is for the next input. Taking a rating back stays here.
							if (own !== verdict) onNext();
						}}
					>
						{name}
						<span className={classes.more}>{more}</span>
					</Button>
				))}
			</div>
		</div>
	);
}
