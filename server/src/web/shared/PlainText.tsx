import { Button } from '@mantine/core';
import { useState } from 'react';

import classes from './PlainText.module.css';

/** How much of a long text is shown at first. */
const shown = { characters: 2_000, lines: 24 };

function start(text: string): string {
	const lines = text.split('\n', shown.lines + 1);
	return lines.slice(0, shown.lines).join('\n').slice(0, shown.characters);
}

interface PlainTextProps {
	text: string;
	/** For code and templates. */
	isCode?: boolean;
	/** Shows all of it, however long it is. */
	isWhole?: boolean;
}

/** What a model or a person wrote, as it is: never HTML. A long text is folded. */
export function PlainText({ text, isCode = false, isWhole = false }: PlainTextProps) {
	const [isOpen, setOpen] = useState(false);
	const part = isWhole || isOpen ? text : start(text);
	const isFolded = part.length < text.length;
	return (
		<>
			<div className={isCode ? classes.code : classes.text} dir="auto">
				{part}
				{isFolded && '…'}
			</div>
			{(isFolded || isOpen) && (
				<Button variant="subtle" size="compact-sm" ml={-8} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
					{isOpen ? 'Show less' : `Show all ${text.length.toLocaleString('en')} characters`}
				</Button>
			)}
		</>
	);
}
