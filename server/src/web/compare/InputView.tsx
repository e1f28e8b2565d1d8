import { JsonView } from '../shared/JsonView.tsx';
import { PlainText } from '../shared/PlainText.tsx';
import classes from './Results.module.css';
import type { LoggedInput } from './loggedInputs.ts';

/** What both versions were run on. */
export function InputView({ input: { inputs, messages } }: { input: LoggedInput }) {
	const hasInputs = Object.keys(inputs).length > 0;
	return (
		<>
			{(hasInputs || messages.length === 0) && <JsonView value={inputs} />}
			{messages.map(({ role, content }, index) => (
				<div key={index} className={classes.message}>
					<span className={classes.role}>{role}</span>
					{typeof content === 'string' ? <PlainText text={content} /> : <JsonView value={content} />}
				</div>
			))}
		</>
	);
}
