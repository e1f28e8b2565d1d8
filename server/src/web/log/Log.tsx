import { Button, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import Play from 'lucide-react/icons/play';
import { useLayoutEffect, type ReactNode } from 'react';
import { Link, useParams } from 'wouter';

import type { LogResponse } from '../../contract/logs.ts';
import { logDetailsQuery } from '../api/logs.ts';
import { listAround } from '../shared/lastList.ts';
import { CopyButton } from '../shared/CopyButton.tsx';
import { JsonView } from '../shared/JsonView.tsx';
import { versionPath } from '../shared/names.ts';
import { PageHeader } from '../shared/PageHeader.tsx';
import { PlainText } from '../shared/PlainText.tsx';
import { ErrorState, Loading } from '../shared/states.tsx';
import { StatusBadge } from '../shared/StatusBadge.tsx';
import { Time } from '../shared/Time.tsx';
import { Conversation, ToolCalls, type Message } from './Conversation.tsx';
import { DeleteLog } from './DeleteLog.tsx';
import { Facts } from './Facts.tsx';
import { Feedback } from './Feedback.tsx';
import { Fold, JsonFold } from './Fold.tsx';
import classes from './Log.module.css';
import { Neighbors } from './Neighbors.tsx';
import { TextOrJson } from './TextOrJson.tsx';

interface SectionProps {
	title: string;
	/** What the button beside the heading copies. */
	copied?: string | undefined;
	children: ReactNode;
}

function Section({ title, copied, children }: SectionProps) {
	return (
		<section className={classes.section}>
			<div className={classes.sectionHead}>
				<Title order={2} className={classes.heading}>
					{title}
				</Title>
				{copied && <CopyButton value={copied} label={`Copy: ${title}`} />}
			</div>
			{children}
		</section>
	);
}

function Inputs({ log: { inputs, save } }: { log: LogResponse }) {
	if (inputs === null) {
		return <p className={classes.none}>{save ? 'None.' : 'Not stored, because the call set save to false.'}</p>;
	}
	return <JsonView value={inputs} />;
}

function Output({ log: { output, output_message: message, save, error } }: { log: LogResponse }) {
	const calls = message?.tool_calls;
	const hasCalls = Array.isArray(calls) && calls.length > 0;
	if (output) {
		return (
			<>
				<TextOrJson text={output} />
				<ToolCalls calls={calls} />
			</>
		);
	}
	if (hasCalls) return <ToolCalls calls={calls} />;
	if (!save) return <p className={classes.none}>Not stored, because the call set save to false.</p>;
	return <p className={classes.none}>{error === null ? 'Empty.' : 'None: the call failed.'}</p>;
}

/** What went in and what came out, and what the provider was sent and said. */
function Content({ log }: { log: LogResponse }) {
	const { messages, metadata, stdout, error } = log;
	const hasReport = stdout !== null && stdout !== '';
	// The server itself reports what it has tried. Other programs put what they like there.
	const isOfServer = log.provider_request !== null || !log.save;
	return (
		<>
			{error !== null && (
				<Section title="Error" copied={error}>
					<div className={classes.error}>
						<PlainText text={error} />
					</div>
				</Section>
			)}
			<Section title="Inputs" copied={log.inputs === null ? undefined : JSON.stringify(log.inputs, undefined, 2)}>
				<Inputs log={log} />
			</Section>
			{messages !== null && messages.length > 0 && (
				<Section title="Messages">
					<Conversation messages={messages as Message[]} />
				</Section>
			)}
			<Section title="Output" copied={log.output ?? undefined}>
				<Output log={log} />
			</Section>
			{hasReport && isOfServer && (
				<Section title="Retries and fallbacks">
					<PlainText text={stdout} />
				</Section>
			)}
			<div className={classes.folds}>
				{metadata !== null && Object.keys(metadata).length > 0 && <JsonFold title="Metadata" value={metadata} />}
				{log.judgment !== null && <JsonFold title="Judgment" value={log.judgment} />}
				{hasReport && !isOfServer && <Fold title="Standard output">{() => <PlainText text={stdout} isCode />}</Fold>}
				{log.provider_request !== null && <JsonFold title="Request to the provider" value={log.provider_request} />}
				{log.provider_response !== null && <JsonFold title="Response of the provider" value={log.provider_response} />}
			</div>
		</>
	);
}

function Actions({ log }: { log: LogResponse }) {
	const { project_id: projectId, config } = log;
	const canTry = projectId !== null && config.type !== 'tool' && log.inputs !== null;
	return (
		<>
			{canTry && (
				<Button
					component={Link}
					href={`${versionPath(projectId, config.id)}?log=${encodeURIComponent(log.id)}`}
					leftSection={<Play size={16} aria-hidden />}
				>
					Try this input
				</Button>
			)}
			<DeleteLog logId={log.id} listPath={listAround(projectId)} />
		</>
	);
}

/** All about one log. */
export default function Log() {
	const { id } = useParams<'/logs/:id'>();
	// While somebody goes through a list, the log before stays until the next one is there.
	const { data: details, error, refetch } = useQuery({ ...logDetailsQuery(id), placeholderData: keepPreviousData });
	// In braces: in newer browsers, scrolling returns a promise.
	useLayoutEffect(() => {
		window.scrollTo(0, 0);
	}, [id]);
	const log = details?.log;
	const crumbs = [{ label: 'Logs', href: listAround(log?.project_id) }];
	return (
		<>
			<PageHeader
				title={log ? `Log of ${log.project ?? 'a deleted project'}` : 'Log'}
				crumbs={crumbs}
				actions={
					<>
						<Neighbors logId={id} shown={log} />
						{log && <Actions key={log.id} log={log} />}
					</>
				}
			>
				{log && (
					<>
						<StatusBadge kind={log.error === null ? 'good' : 'bad'}>
							{log.error === null ? 'succeeded' : 'failed'}
						</StatusBadge>{' '}
						<Time at={log.created_at} />
					</>
				)}
			</PageHeader>
			{error ? (
				<ErrorState error={error} retry={refetch} />
			) : details ? (
				<div key={details.log.id} className={classes.split}>
					<div className={classes.main}>
						<Content log={details.log} />
					</div>
					<div className={classes.side}>
						<Feedback log={details.log} />
						<Facts details={details} />
					</div>
				</div>
			) : (
				<Loading rows={10} />
			)}
		</>
	);
}
