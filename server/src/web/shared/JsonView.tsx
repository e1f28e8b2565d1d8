import { PlainText } from './PlainText.tsx';
import classes from './JsonView.module.css';

/** Deeper than this, values are shown as JSON: nobody reads a table in the eighth table. */
const maxDepth = 6;

/** How many members of an object or a list are shown. */
const maxMembers = 200;

const isList = (value: unknown): value is unknown[] => Array.isArray(value);

function Value({ value, depth }: { value: unknown; depth: number }) {
	if (value === null || value === undefined) return <span className={classes.none}>none</span>;
	if (typeof value === 'string') {
		return value === '' ? <span className={classes.none}>empty text</span> : <PlainText text={value} />;
	}
	if (typeof value !== 'object') return <span className={classes.literal}>{JSON.stringify(value)}</span>;
	if (depth > maxDepth) return <PlainText text={JSON.stringify(value, null, 2)} isCode />;
	return <Members of={value} depth={depth} />;
}

function Members({ of, depth }: { of: object; depth: number }) {
	const members = Object.entries(of) as [string, unknown][];
	if (members.length === 0) return <span className={classes.none}>{isList(of) ? 'empty list' : 'nothing'}</span>;
	return (
		<dl className={classes.members}>
			{members.slice(0, maxMembers).map(([name, value]) => (
				<div key={name} className={classes.member}>
					<dt>{isList(of) ? Number(name) + 1 : name}</dt>
					<dd>
						<Value value={value} depth={depth + 1} />
					</dd>
				</div>
			))}
			{members.length > maxMembers && (
				<div className={classes.member}>
					<dt>…</dt>
					<dd className={classes.none}>and {(members.length - maxMembers).toLocaleString('en')} more</dd>
				</div>
			)}
		</dl>
	);
}

/** A JSON value as a person reads it: names beside values, indented. For what has no better form. */
export function JsonView({ value }: { value: unknown }) {
	return (
		<div className={classes.view}>
			<Value value={value} depth={0} />
		</div>
	);
}
