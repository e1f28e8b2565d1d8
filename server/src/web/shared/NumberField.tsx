import { TextInput, type TextInputProps } from '@mantine/core';
import { useEffect, useState } from 'react';

interface NumberFieldProps extends Omit<TextInputProps, 'value' | 'onChange' | 'type' | 'error'> {
	/** undefined: not set. */
	value: number | undefined;
	onChange: (value: number | undefined) => void;
}

const textOf = (value: number | undefined) => (value === undefined ? '' : String(value));

/** A number, or nothing. What is half typed stays as it is, such as "0." on the way to "0.5". */
export function NumberField({ value, onChange, ...props }: NumberFieldProps) {
	const [text, setText] = useState(textOf(value));
	const number = text.trim() === '' ? undefined : Number(text);
	useEffect(() => {
		if (value !== (text.trim() === '' ? undefined : Number(text))) setText(textOf(value));
		// Only what comes from outside replaces what somebody types.
	}, [value]);
	return (
		<TextInput
			{...props}
			type="number"
			inputMode="decimal"
			value={text}
			error={number !== undefined && !Number.isFinite(number) ? 'This is not a number.' : undefined}
			onChange={(event) => {
				setText(event.currentTarget.value);
				const typed = event.currentTarget.value.trim();
				if (typed === '') onChange(undefined);
				else if (Number.isFinite(Number(typed))) onChange(Number(typed));
			}}
		/>
	);
}
