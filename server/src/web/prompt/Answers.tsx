import { Group, Text, VisuallyHidden } from '@mantine/core';

import { totalCost } from '../api/cost.ts';
import { Cost, Count, Duration, formatCost } from '../shared/figures.tsx';
import { CopyButton } from '../shared/CopyButton.tsx';
import { JsonView } from '../shared/JsonView.tsx';
import { logPath } from '../shared/names.ts';
import { PlainText } from '../shared/PlainText.tsx';
import { ErrorState } from '../shared/states.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import classes from './Prompt.module.css';
import type { Run, Sample } from './useTry.ts';

/** Why an answer ended early, if it did. */
const endings: Record<string, string> = {
	length: 'It was cut at the longest answer that is set.',
	content_filter: 'The provider’s content filter cut it.',
};

interface AnswerProps {
	sample: Sample;
	number: number;
	of: number;
	state: Run['state'];
	/** Whether its log has its own tokens and cost. */
	hasOwnCost: boolean;
}

function Answer({ sample, number, of, state, hasOwnCost }: AnswerProps) {
	const { text, toolCalls, finishReason, log } = sample;
	const isWaiting = state === 'running' && text === '' && toolCalls.length === 0;
	return (
		<section className={classes.answer} aria-label={of > 1 ? `Answer ${number}` : 'Answer'}>
			<Group gap="xs" justify="space-between" wrap="nowrap">
				<Text size="sm" fw={600}>
					{of > 1 ? `Answer ${number}` : 'Answer'}
				</Text>
				{text !== '' && <CopyButton value={text} label="Copy the answer" />}
			</Group>
			{isWaiting ? <Text c="dimmed">Waiting for the model …</Text> : <PlainText text={text} isWhole />}
			{toolCalls.length > 0 && <JsonView value={toolCalls.map(({ function: called }) => called)} />}
			{finishReason !== null && endings[finishReason] && (
				<Text size="sm" c="var(--warn)" mt={4}>
					{endings[finishReason]}
				</Text>
			)}
			<Text component="div" size="sm" c="dimmed" mt={6} className={classes.figures}>
				{log && (
					<>
						<Duration seconds={log.duration} />
						{hasOwnCost && (
							<>
								<span>
									<Count of={log.output_tokens} /> {log.output_tokens === 1 ? 'token' : 'tokens'}
								</span>
								<span>
									Cost <Cost dollars={totalCost(log)} />
								</span>
							</>
						)}
						<TextLink href={logPath(log.id)}>Log</TextLink>
					</>
				)}
			</Text>
		</section>
	);
}

/** What is said to screen readers when a run ends, and not for each word. */
function announcement({ state, samples, cost }: Run): string {
	if (state === 'running') return 'The model is answering.';
	if (state === 'stopped') return 'Stopped.';
	if (state === 'failed') return '';
	const texts = samples.map(({ text }) => text).join('. ');
	return `${samples.length === 1 ? 'One answer' : `${samples.length} answers`}. Cost ${formatCost(cost)}. ${texts.slice(0, 500)}`;
}

/** The answers of a run while they are written, and what they cost. */
export function Answers({ run }: { run: Run }) {
	const { state, samples, cost, error } = run;
	// A provider counts the answers of one call together. The first log has the sum, and the others have nothing.
	const haveOwnCosts = samples.length === 1 || samples.every(({ log }) => (log?.output_tokens ?? null) !== null);
	return (
		<div>
			<VisuallyHidden role="status">{announcement(run)}</VisuallyHidden>
			{state === 'failed' && <ErrorState error={error} />}
			{(state !== 'failed' || samples.some(({ text }) => text !== '')) &&
				samples.map((sample, index) => (
					<Answer
						key={index}
						sample={sample}
						number={index + 1}
						of={samples.length}
						state={state}
						hasOwnCost={haveOwnCosts}
					/>
				))}
			{state === 'stopped' && (
				<Text size="sm" c="dimmed">
					Stopped. The provider may charge for what it had written.
				</Text>
			)}
			{state === 'done' && samples.length > 1 && (
				<Text size="sm" c="dimmed">
					All {samples.length} answers together: <Cost dollars={cost} />
				</Text>
			)}
		</div>
	);
}
