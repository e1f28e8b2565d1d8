import { Text } from '@mantine/core';
import { useState } from 'react';

import { LazyEditor } from '../editor/LazyEditor.tsx';

interface JsonFieldProps {
	label: string;
	value: unknown;
	/** Gets each text that is JSON of the right kind. */
	onChange: (value: unknown) => void;
	/** What it must be. */
	kind: 'object' | 'list';
}

function problemOf(text: string, kind: JsonFieldProps['kind']): string | undefined {
	try {
		const value: unknown = JSON.parse(text);
		const isRight =
			kind === 'list' ? Array.isArray(value) : typeof value === 'object' && value !== null && !Array.isArray(value);
		return isRight ? undefined : `This must be ${kind === 'list' ? 'a list: [ … ]' : 'an object: { … }'}.`;
	} catch (error) {
		return error instanceof Error ? `This is not JSON yet. ${error.message}` : 'This is not JSON yet.';
	}
}

/** A value for which there is no form, as JSON. */
export function JsonField({ label, value, onChange, kind }: JsonFieldProps) {
	const [text, setText] = useState(() => JSON.stringify(value, null, 2));
	const problem = problemOf(text, kind);
	return (
		<>
			<LazyEditor
				label={label}
				language="json"
				value={text}
				onChange={(next) => {
					setText(next);
					if (problemOf(next, kind) === undefined) onChange(JSON.parse(next));
				}}
			/>
			<Text size="sm" c="var(--bad)" role="status" mih={20}>
				{problem}
			</Text>
		</>
	);
}
