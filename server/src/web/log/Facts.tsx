import { Anchor, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import type { CallOrigin } from '../../contract/callOrigin.ts';
import type { LogResponse } from '../../contract/logs.ts';
import { totalCost } from '../api/cost.ts';
import { countedWithQuery, type LogDetails } from '../api/logs.ts';
import { CopyButton } from '../shared/CopyButton.tsx';
import { Cost, Count, Duration } from '../shared/figures.tsx';
import { logPath, projectPath, sessionPath, versionName, versionPath } from '../shared/names.ts';
import { TextLink } from '../shared/TextLink.tsx';
import { ExactTime } from '../shared/Time.tsx';
import classes from './Log.module.css';
import { tokenDetails } from './tokenDetails.ts';

/** A name that begins with a small letter is a part of the fact above: "of the prompt". */
function Fact({ name, children }: { name: string; children: ReactNode }) {
	return (
		<div className={classes.fact} data-part={/^[a-z]/.test(name) && !name.startsWith('n8n') ? true : undefined}>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}

/** A fact that many logs do not have. */
const optional = (name: string, value: ReactNode) =>
	value === null || value === undefined || value === '' || value === false ? null : <Fact name={name}>{value}</Fact>;

/** Where the call came from. */
function Origin({ origin }: { origin: CallOrigin }) {
	const { execution_url: url, workflow_id: workflow, node_name: node } = origin;
	const execution = (
		<Anchor href={url} target="_blank" rel="noreferrer noopener" inherit underline="always">
			Open the execution
		</Anchor>
	);
	return (
		<>
			{optional('n8n', url && execution)}
			{optional('n8n node', node)}
			{optional('n8n workflow', workflow)}
		</>
	);
}

/** Says that a figure is counted with the first answer, and links to it. */
function Counted({ log, children }: { log: LogResponse; children: ReactNode }) {
	const { data: first, isLoading } = useQuery(countedWithQuery(log));
	if (isLoading) return <>…</>;
	if (!first) return <>{children}</>;
	return (
		<>
			with the <TextLink href={logPath(first.id)}>first answer</TextLink>
		</>
	);
}

function Tokens({ log }: { log: LogResponse }) {
	const { cached, reasoning } = tokenDetails(log);
	return (
		<>
			<Fact name="Tokens">
				<Counted log={log}>
					<Count of={log.tokens} />
				</Counted>
			</Fact>
			{optional('of the prompt', log.prompt_tokens !== null && <Count of={log.prompt_tokens} />)}
			{optional('from a cache', cached !== undefined && <Count of={cached} />)}
			{optional('of the output', log.output_tokens !== null && <Count of={log.output_tokens} />)}
			{optional('for reasoning', reasoning !== undefined && <Count of={reasoning} />)}
		</>
	);
}

function Costs({ log }: { log: LogResponse }) {
	const { prompt_cost: prompt, output_cost: output } = log;
	return (
		<>
			<Fact name="Cost">
				<Counted log={log}>
					<Cost dollars={totalCost(log)} />
				</Counted>
			</Fact>
			{prompt !== null && output !== null && (
				<>
					<Fact name="of the prompt">
						<Cost dollars={prompt} />
					</Fact>
					<Fact name="of the output">
						<Cost dollars={output} />
					</Fact>
				</>
			)}
		</>
	);
}

/** Where a log belongs: its project, version, session and parent. */
function Place({ log }: { log: LogResponse }) {
	const { config, project_id: projectId, session_id: session } = log;
	const version = versionName({ id: config.id, name: config.name ?? null });
	return (
		<>
			{projectId !== null && (
				<>
					<Fact name="Project">
						<TextLink href={projectPath(projectId)}>{log.project}</TextLink>
					</Fact>
					<Fact name={config.type === 'tool' ? 'Tool' : 'Version'}>
						{config.type === 'tool' ? version : <TextLink href={versionPath(projectId, config.id)}>{version}</TextLink>}
					</Fact>
				</>
			)}
			{optional('Environment', log.environment)}
			{optional(
				'Session',
				session && (
					<TextLink href={`${sessionPath(session)}?log=${encodeURIComponent(log.id)}`}>
						{log.session_reference_id ?? `session ${session.slice(-6)}`}
					</TextLink>
				),
			)}
			{optional(
				'Parent',
				log.parent_id && (
					<TextLink href={logPath(log.parent_id)}>{log.parent_reference_id ?? 'the log that called this one'}</TextLink>
				),
			)}
		</>
	);
}

/** What is known of a log beside what went in and came out. */
export function Facts({ details: { log, origin, reusedLogId } }: { details: LogDetails }) {
	const model = log.config.type === 'model' ? `${log.config.model} (${log.config.provider})` : null;
	return (
		<section aria-labelledby="facts">
			<Title order={2} id="facts" className={classes.heading}>
				About this call
			</Title>
			<dl className={classes.facts}>
				<Fact name="Time">
					<ExactTime at={log.created_at} />
				</Fact>
				<Place log={log} />
				{optional('Model', model)}
				<Fact name="Duration">
					<Duration seconds={log.duration} />
				</Fact>
				{optional('at the provider', log.provider_latency !== null && <Duration seconds={log.provider_latency} />)}
				<Tokens log={log} />
				<Costs log={log} />
				{optional('Finished because', log.finish_reason)}
				{optional('Answer', reusedLogId && <TextLink href={logPath(reusedLogId)}>reused from an earlier log</TextLink>)}
				{optional('Source', log.source)}
				{optional('User', log.user)}
				{origin && <Origin origin={origin} />}
				{optional('Reference ID', log.reference_id)}
				<Fact name="ID">
					<span className={classes.id}>
						<code>{log.id}</code> <CopyButton value={log.id} label="Copy the ID" />
					</span>
				</Fact>
			</dl>
		</section>
	);
}
