import { useMediaQuery } from '@mantine/hooks';
import { diffLines } from 'diff';
import { useMemo } from 'react';

import { TextDiff } from '../shared/VersionChanges.tsx';
import { changesOf, SideText } from './SideText.tsx';
import classes from './TemplateDiff.module.css';

/** Lines that both texts have, or lines of one in the place of lines of the other. */
interface Part {
	left: string;
	right: string;
	isSame: boolean;
}

/** The parts of two texts, in their order. Joined, each side is the whole text. */
export function partsOf(left: string, right: string): Part[] {
	const parts: Part[] = [];
	for (const { value, added, removed } of diffLines(left, right)) {
		const last = parts.at(-1);
		if (!added && !removed) parts.push({ left: value, right: value, isSame: true });
		// jsdiff says what was removed before it says what was added in its place.
		else if (added && last && !last.isSame) last.right += value;
		else parts.push({ left: removed ? value : '', right: added ? value : '', isSame: false });
	}
	return parts;
}

function PartView({ part: { left, right, isSame } }: { part: Part }) {
	const changes = isSame ? undefined : changesOf(left, right);
	const kind = isSame ? '' : classes.changed;
	return (
		<>
			<div className={`${classes.cell} ${kind}`} dir="auto">
				<SideText text={left} changes={changes} side="left" isWhole />
			</div>
			<div className={`${classes.cell} ${kind}`} dir="auto">
				<SideText text={right} changes={changes} side="right" isWhole />
			</div>
		</>
	);
}

/** Two templates side by side, with equal lines at equal heights. On a narrow screen, one text with what changed in it. */
export function TemplateDiff({ left, right }: { left: string; right: string }) {
	const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
	const parts = useMemo(() => partsOf(left, right), [left, right]);
	if (isNarrow) return <TextDiff before={left} after={right} />;
	return (
		<div className={classes.text}>
			{parts.map((part, index) => (
				<PartView key={index} part={part} />
			))}
		</div>
	);
}
