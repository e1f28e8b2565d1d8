import { Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { defaultRangeExtractor, useWindowVirtualizer, type Range } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useLocation } from 'wouter';

import type { Query } from '../api/client.ts';
import type { LogRows } from '../api/logRows.ts';
import { formatCount } from '../shared/figures.tsx';
import { stateOf } from '../shared/listPlace.ts';
import { logPath } from '../shared/names.ts';
import { ErrorState } from '../shared/states.tsx';
import classes from './LogTable.module.css';
import { LogTableRow } from './LogTableRow.tsx';
import { useLogList } from './useLogList.ts';
import { useScrollMemory } from './useScrollMemory.ts';

const columns = ['Time', 'Version', 'Input', 'Output', 'Feedback', 'Tokens', 'Cost', 'Duration'];
/** In a list of all projects, the project is before the version. */
const headOf = (column: string, ofAll: boolean) => (ofAll && column === 'Version' ? 'Project, version' : column);

/** Browsers draw nothing below about 17 million pixels. */
const maxHeight = 16_000_000;

const steps: Record<string, number> = {
	...{ ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12 },
	...{ Home: -Infinity, End: Infinity },
};

interface LogTableProps {
	/** Whether the list has the logs of all projects, and says of each which one. */
	ofAll: boolean;
	query: Query;
	first: LogRows;
	/** Shows the logs up to a time, where there are more than fit into one list. */
	onContinue: (until: string) => void;
}

/** A list of logs of any length. Only the rows on the screen are in the document. Up and down, and Enter to open. */
export function LogTable({ ofAll, query, first, onContinue }: LogTableProps) {
	const [, navigate] = useLocation();
	const isNarrow = useMediaQuery('(max-width: 62em)', undefined, { getInitialValueInEffect: false }) ?? false;
	const height = isNarrow ? 92 : 40;
	const body = useRef<HTMLDivElement>(null);
	const [top, setTop] = useState(0);
	const [active, setActive] = useState(0);
	const moved = useRef(false);
	const maxRows = Math.floor(maxHeight / height);
	const [known, setKnown] = useState(first.total);
	const count = Math.min(known, maxRows);
	const list = useMemo(() => ({ query, newest: first.rows[0]?.createdAt }), [query, first]);

	const virtualizer = useWindowVirtualizer({
		count,
		estimateSize: () => height,
		overscan: 12,
		scrollMargin: top,
		// The row that has the focus stays, or the focus would be lost.
		rangeExtractor: useCallback(
			(range: Range) => [...new Set([...defaultRangeExtractor(range), Math.min(active, range.count - 1)])],
			[active],
		),
	});
	useEffect(() => virtualizer.measure(), [virtualizer, height]);

	const items = virtualizer.getVirtualItems();
	const { total, isEnd, rowAt, failure } = useLogList(
		query,
		first,
		items.map(({ index }) => index),
	);
	useEffect(() => setKnown(total), [total]);
	useEffect(() => {
		const measure = () => setTop((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
		measure();
		window.addEventListener('resize', measure);
		return () => window.removeEventListener('resize', measure);
	}, []);
	useScrollMemory();

	useEffect(() => {
		if (!moved.current) return;
		moved.current = false;
		body.current?.querySelector<HTMLElement>(`[data-index="${active}"]`)?.focus({ preventScroll: true });
	}, [active]);

	const onKeyDown = (event: KeyboardEvent) => {
		if (event.altKey || event.ctrlKey || event.metaKey) return;
		const row = rowAt(active);
		if (event.key === 'Enter' && row) navigate(logPath(row.id), { state: stateOf({ ...list, index: active }) });
		const step = steps[event.key];
		if (step === undefined) return;
		event.preventDefault();
		const next = Math.min(count - 1, Math.max(0, active + step));
		moved.current = true;
		setActive(next);
		virtualizer.scrollToIndex(next);
	};

	const last = rowAt(count - 1);
	return (
		<>
			<div
				role="grid"
				aria-label="Logs"
				aria-rowcount={isEnd ? total + 1 : -1}
				className={classes.table}
				data-all={ofAll}
			>
				<div role="row" aria-rowindex={1} className={classes.head}>
					{columns.map((column) => (
						<div key={column} role="columnheader" className={classes[column.toLowerCase()]}>
							{headOf(column, ofAll)}
						</div>
					))}
				</div>
				<div
					ref={body}
					role="rowgroup"
					className={classes.body}
					style={{ height: count * height }}
					onKeyDown={onKeyDown}
					onFocus={(event) => {
						const index = event.target.closest<HTMLElement>('[data-index]')?.dataset.index;
						if (index !== undefined) setActive(Number(index));
					}}
				>
					{items.map(({ index, start }) => (
						<LogTableRow
							key={index}
							{...{ index, height, ofAll, list, row: rowAt(index), isActive: index === active, top: start - top }}
						/>
					))}
				</div>
			</div>
			{failure && (
				<div className={classes.failure}>
					<ErrorState error={failure.error} retry={failure.retry} />
				</div>
			)}
			{count < total && last && (
				<Text c="dimmed" mt="md">
					These are the newest {formatCount(count)} logs.{' '}
					<button type="button" className={classes.more} onClick={() => onContinue(last.createdAt)}>
						Show older logs
					</button>
				</Text>
			)}
		</>
	);
}
