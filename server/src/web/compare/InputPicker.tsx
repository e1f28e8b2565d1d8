import { Button } from '@mantine/core';
import { useEffect, useRef } from 'react';

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
	/** Whether others are being read, and these are shown until then. */
	isReading: boolean;
	chosen: ReadonlySet<string>;
	/** Those that a version has answered: they stay among the results. */
	made: ReadonlySet<string>;
	disabled: boolean;
	onChoose: (chosen: ReadonlySet<string>) => void;
	onMore: (count: number) => void;
}

/** Moves the focus from a button that asks for more inputs to the first of them: the button may be gone then. */
function useFocusOnMore(inputs: LoggedInput[]) {
	const list = useRef<HTMLUListElement>(null);
	const button = useRef<HTMLButtonElement>(null);
	/** How many inputs there were when more were asked for. */
	const before = useRef<number>(undefined);
	useEffect(() => {
		if (before.current === undefined) return;
		const { activeElement } = document;
		const boxes = [...list.current!.querySelectorAll('input')];
		// Somebody who has gone elsewhere meanwhile stays there.
		if (activeElement === button.current || activeElement === document.body) {
			(boxes[before.current] ?? boxes.at(-1))?.focus();
		}
		before.current = undefined;
	}, [inputs]);
	return { list, button, remember: () => void (before.current = inputs.length) };
}

/** Chooses logged inputs one by one. How their answers were rated is beside them. */
export function InputPicker(props: InputPickerProps) {
	const { inputs, count, isReading, chosen, made, disabled, onChoose, onMore } = props;
	const { list, button, remember } = useFocusOnMore(inputs);
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
			<ul ref={list} className={classes.list}>
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
				<Button
					ref={button}
					variant="subtle"
					size="compact-sm"
					ml={-8}
					disabled={disabled}
					aria-disabled={isReading}
					data-disabled={isReading || undefined}
					onClick={() => {
						if (isReading) return;
						remember();
						onMore(more);
					}}
				>
					Show older inputs
				</Button>
			)}
		</fieldset>
	);
}
