import { diffWordsWithSpace, type Change } from 'diff';

import { PlainText } from '../shared/PlainText.tsx';
import classes from './SideText.module.css';
import type { Side } from './pairs.ts';

/** A comparison that takes longer is given up: the texts have little in common then. */
const maxEdits = 2_000;

/** What two texts have in common and what not. Undefined if they are too different to say. */
export function changesOf(left: string, right: string): Change[] | undefined {
	return diffWordsWithSpace(left, right, { maxEditLength: maxEdits });
}

interface SideTextProps {
	text: string;
	/** Undefined: nothing is marked. */
	changes: Change[] | undefined;
	side: Side;
	/** Shows all of a long text. Texts with marks are always shown as a whole. */
	isWhole?: boolean;
}

/** One of two texts, in which the words are marked that the other one does not have. */
export function SideText({ text, changes, side, isWhole = false }: SideTextProps) {
	if (!changes || changes.length === 1) return <PlainText text={text} isWhole={isWhole} />;
	return (
		<div className={classes.text} dir="auto">
			{changes.map(({ value, added, removed }, index) => {
				if (side === 'left' ? added : removed) return null;
				if (added) return <ins key={index}>{value}</ins>;
				return removed ? <del key={index}>{value}</del> : <span key={index}>{value}</span>;
			})}
		</div>
	);
}
