import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';

import { JsonView } from '../shared/JsonView.tsx';
import { PlainText } from '../shared/PlainText.tsx';

/** The object or the list that a text is as JSON. */
function parse(text: string): object | undefined {
	if (!/^\s*[[{]/.test(text)) return undefined;
	try {
		return JSON.parse(text) as object;
	} catch {
		return undefined;
	}
}

/** A text as it is, or, if it is JSON, as a table. */
export function TextOrJson({ text }: { text: string }) {
	const json = useMemo(() => parse(text), [text]);
	const [isRaw, setRaw] = useState(false);
	if (json === undefined) return <PlainText text={text} />;
	return (
		<>
			{isRaw ? <PlainText text={text} isCode /> : <JsonView value={json} />}
			<Button variant="subtle" size="compact-sm" ml={-8} aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
				{isRaw ? 'Show as a table' : 'Show as JSON'}
			</Button>
		</>
	);
}
