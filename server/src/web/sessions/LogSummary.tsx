import { Title } from '@mantine/core';

import type { LogResponse } from '../../contract/logs.ts';
import { totalCost } from '../api/cost.ts';
import { Cost, Count, Duration } from '../shared/figures.tsx';
import { JsonView } from '../shared/JsonView.tsx';
import { logPath, versionName } from '../shared/names.ts';
import { PlainText } from '../shared/PlainText.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import { ExactTime } from '../shared/Time.tsx';
import classes from './Session.module.css';
import { logName } from './Waterfall.tsx';

/** What a log of a session got and gave. */
export function LogSummary({ log }: { log: LogResponse }) {
	const { config, inputs, output, error } = log;
	const cost = totalCost(log);
	return (
		<section aria-label="The chosen log">
			<Title order={2}>{logName(log)}</Title>
			<p className={classes.facts}>
				<ExactTime at={log.created_at} />
				<span>{versionName({ id: config.id, name: config.name ?? null })}</span>
				{log.duration !== null && <Duration seconds={log.duration} />}
				{log.tokens !== null && (
					<span>
						<Count of={log.tokens} /> {log.tokens === 1 ? 'token' : 'tokens'}
					</span>
				)}
				{cost !== null && <Cost dollars={cost} />}
			</p>
			{error !== null && (
				<>
					<Title order={3}>Error</Title>
					<PlainText text={error} />
				</>
			)}
			<Title order={3}>Inputs</Title>
			{inputs === null ? <p className={classes.none}>Not stored.</p> : <JsonView value={inputs} />}
			<Title order={3}>Output</Title>
			{output === null ? <p className={classes.none}>None.</p> : <PlainText text={output} />}
			<p>
				<TextLink href={logPath(log.id)}>Open this log</TextLink>
			</p>
		</section>
	);
}
