import { Skeleton } from '@mantine/core';
import { memo } from 'react';
import { Link } from 'wouter';

import type { LogRow } from '../api/logRows.ts';
import { FeedbackMarks } from '../shared/FeedbackMarks.tsx';
import { Cost, Count, CountedWithFirst, Duration } from '../shared/figures.tsx';
import { stateOf, type ListPlace } from '../shared/listPlace.ts';
import { logPath, versionName } from '../shared/names.ts';
import { Time } from '../shared/Time.tsx';
import classes from './LogTable.module.css';

function Output({ row: { error, output } }: { row: LogRow }) {
	if (error === null) return <span className={output === '' ? classes.none : undefined}>{output || 'no output'}</span>;
	return <span className={classes.failed}>failed: {error}</span>;
}

/** What the source of a log that the page has made stands for. */
const made = { editor: 'Run with Try it', compare: 'Run by Compare' };

const unknown = (value: number | null) => (value === null ? { 'data-unknown': true } : {});

function Cells({ row, ofAll, place }: { row: LogRow; ofAll: boolean; place: ListPlace }) {
	return (
		<>
			<div role="cell" className={classes.time}>
				<Time at={row.createdAt} isPrecise />
			</div>
			<div role="cell" className={classes.version}>
				{ofAll && <span className={classes.project}>{row.project}</span>}
				{row.madeBy && (
					<span className={classes.made} title={made[row.madeBy]}>
						{row.madeBy}
					</span>
				)}
				{versionName({ id: row.configId, name: row.configName })}
			</div>
			<div role="cell" className={classes.input}>
				{/* Rows are reached with the arrow keys. */}
				<Link href={logPath(row.id)} state={stateOf(place)} className={classes.link} tabIndex={-1}>
					{row.input || <span className={classes.none}>no input</span>}
				</Link>
			</div>
			<div role="cell" className={classes.output}>
				<Output row={row} />
			</div>
			<div role="cell" className={classes.feedback}>
				<FeedbackMarks feedback={row.feedback} />
			</div>
			<div role="cell" className={classes.tokens} {...unknown(row.tokens)}>
				{row.isCountedWithFirst ? <CountedWithFirst /> : <Count of={row.tokens} />}
			</div>
			<div role="cell" className={classes.cost} {...unknown(row.cost)}>
				{row.isCountedWithFirst ? <CountedWithFirst /> : <Cost dollars={row.cost} />}
			</div>
			<div role="cell" className={classes.duration} {...unknown(row.duration)}>
				<Duration seconds={row.duration} />
			</div>
		</>
	);
}

interface LogTableRowProps {
	index: number;
	/** undefined: not read yet. */
	row: LogRow | undefined;
	isActive: boolean;
	/** Whether it says of which project the log is. */
	ofAll: boolean;
	list: Omit<ListPlace, 'index'>;
	/** Where it is, in pixels from the top of the list. */
	top: number;
	height: number;
}

export const LogTableRow = memo(function LogTableRow(props: LogTableRowProps) {
	const { index, row, isActive, ofAll, list, top, height } = props;
	return (
		<div
			role="row"
			aria-rowindex={index + 2}
			data-index={index}
			tabIndex={isActive ? 0 : -1}
			className={classes.row}
			style={{ height, transform: `translateY(${top}px)` }}
		>
			{row ? (
				<Cells row={row} ofAll={ofAll} place={{ ...list, index }} />
			) : (
				<div role="cell" className={classes.pending} aria-label="Loading">
					<Skeleton height={12} width={`${55 + ((index * 17) % 40)}%`} />
				</div>
			)}
		</div>
	);
});
