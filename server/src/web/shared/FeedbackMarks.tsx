import MessageSquare from 'lucide-react/icons/message-square';
import Tag from 'lucide-react/icons/tag';
import ThumbsDown from 'lucide-react/icons/thumbs-down';
import ThumbsUp from 'lucide-react/icons/thumbs-up';

import type { LogRow } from '../api/logRows.ts';
import classes from './FeedbackMarks.module.css';

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const valueText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function iconOf({ type, value }: LogRow['feedback'][number]) {
	if (type === 'rating' && value === 'good') return { Icon: ThumbsUp, color: 'var(--good)' };
	if (type === 'rating' && value === 'bad') return { Icon: ThumbsDown, color: 'var(--bad)' };
	return { Icon: type === 'comment' || type === 'correction' ? MessageSquare : Tag, color: undefined };
}

/** A rating comes first, so that the marks of all rows are in one order. */
const places = ['rating', 'correction', 'comment'];
const placeOf = ({ type }: LogRow['feedback'][number]) => places.indexOf(type) + 1 || places.length + 1;

/** The feedback on a log as small icons, and numbers in short. What they stand for is in their names. */
export function FeedbackMarks({ feedback }: { feedback: LogRow['feedback'] }) {
	const ordered = feedback.toSorted((a, b) => placeOf(a) - placeOf(b) || a.type.localeCompare(b.type));
	return ordered.slice(0, 4).map((one, index) => {
		const { Icon, color } = iconOf(one);
		const label = `${one.type}: ${valueText(one.value)}`;
		return (
			<span key={index} role="img" aria-label={label} title={label} className={classes.mark} style={{ color }}>
				{typeof one.value === 'number' ? number.format(one.value) : <Icon size={15} aria-hidden />}
			</span>
		);
	});
}
