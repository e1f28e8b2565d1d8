import { Button } from '@mantine/core';

import { FeedbackMarks } from '../shared/FeedbackMarks.tsx';
import { Time } from '../shared/Time.tsx';
import { longerList } from './inputChoice.ts';
import classes from './InputPicker.module.css';
import type { LoggedInput } from './loggedInputs.ts';

interface InputPickerProps {
	/** Newest first. */
	inputs: LoggedInput[];
	/** How many were asked for. */
	count: number;
	chosen: ReadonlySet<string>;
	/** Those that a version has answered: they stay among the results. */
	made: ReadonlySet<string>;
	disabled: boolean;
	onChoose: (chosen: ReadonlySet<string>) => void;
	onMore: (count: number) => void;
}

/** Chooses logged inputs one by one. How their answers were rated is beside them. */
export function InputPicker({ inputs, count, chosen, made, disabled, onChoose, onMore }: InputPickerProps) {
	const more = inputs.length === count ? longerList(count) : undefined;
	const isChosen = ({ id }: LoggedInput) => chosen.has(id) || made.has(id);
	const toggle = (id: string) => {
		const next = new Set(chosen);
		if (!next.delete(id)) next.add(id);
		onChoose(next);
	};
	return (
		<fieldset className={classes.picker} disabled={disabled}>
			<legend className={classes.legend}>
				{inputs.filter(isChosen).length} of the newest {inputs.length} inputs chosen
			</legend>
			<ul className={classes.list}>
				{inputs.map((input) => (
					<li key={input.id}>
						<label className={classes.input}>
							<input
								type="checkbox"
								checked={isChosen(input)}
								disabled={made.has(input.id)}
								onChange={() => toggle(input.id)}
							/>
							<span className={classes.text}>{input.summary}</span>
							<span className={classes.marks}>
								<FeedbackMarks feedback={input.feedback} />
							</span>
							<Time at={input.createdAt} />
						</label>
					</li>
				))}
			</ul>
			{more !== undefined && (
				<Button variant="subtle" size="compact-sm" ml={-8} disabled={disabled} onClick={() => onMore(more)}>
					Show older inputs
				</Button>
			)}
		</fieldset>
	);
}
