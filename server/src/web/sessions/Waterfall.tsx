import { UnstyledButton } from '@mantine/core';
import type { KeyboardEvent } from 'react';

import type { LogResponse } from '../../contract/logs.ts';
import { Duration, formatDuration } from '../shared/figures.tsx';
import { type Branch, axisSteps } from './tree.ts';
import classes from './Waterfall.module.css';

/** What a log is called: its project, or the tool that ran. */
export function logName({ project, config }: LogResponse): string {
	return config.type === 'tool' ? (config.name ?? 'tool') : (project ?? 'log');
}

/** Up and down go from log to log. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
	const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
	if (step === undefined) return;
	event.preventDefault();
	const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-log]')];
	buttons[buttons.indexOf(document.activeElement as HTMLElement) + step]?.focus();
}

interface WaterfallProps {
	branches: Branch[];
	/** The ID of the log that is shown beside it. */
	selected: string | undefined;
	onSelect: (logId: string) => void;
}

/** The logs of a session as a tree, with a bar for each on a common time axis. */
export function Waterfall({ branches, selected, onSelect }: WaterfallProps) {
	const length = Math.max(1, ...branches.map(({ end }) => end));
	const at = (time: number) => `${(100 * time) / length}%`;
	return (
		<div className={classes.waterfall} onKeyDown={moveFocus}>
			<div className={classes.axis} aria-hidden>
				{axisSteps(length).map((step) => (
					<span key={step} style={{ left: at(step) }}>
						{step === 0 ? '0' : formatDuration(step / 1000)}
					</span>
				))}
			</div>
			<ol className={classes.rows}>
				{branches.map(({ log, depth, start, end }) => (
					<li key={log.id}>
						<UnstyledButton
							data-log
							className={classes.row}
							aria-pressed={log.id === selected}
							onClick={() => onSelect(log.id)}
						>
							<span className={classes.name} style={{ paddingLeft: `${Math.min(depth, 8)}rem` }}>
								{/* The indentation, in words. */}
								{depth > 0 && <span className={classes.level}>level {depth + 1}: </span>}
								{logName(log)}
							</span>
							<span className={classes.track} aria-hidden>
								<span
									className={log.error === null ? classes.bar : classes.failed}
									style={{ left: at(start), width: `max(3px, ${at(end - start)})` }}
								/>
							</span>
							<span className={classes.duration}>
								{log.error !== null && <span className={classes.error}>failed</span>}{' '}
								<Duration seconds={log.duration} />
							</span>
						</UnstyledButton>
					</li>
				))}
			</ol>
		</div>
	);
}
