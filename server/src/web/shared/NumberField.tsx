import { TextInput, type TextInputProps } from '@mantine/core';
import { useEffect, useState } from 'react';

import { formatCount } from './figures.tsx';

/** What a number can be. A step of 1 allows whole numbers only. */
export interface Limits {
	min?: number;
	max?: number;
	step?: number | 'any';
	/** The number that means *not set*. It need not be within the limits. */
	none?: number;
}

/** What is wrong with a number. Undefined: nothing. */
export function problemOf(number: number, { min = -Infinity, max = Infinity, step, none }: Limits): string | undefined {
	if (number === none) return undefined;
	if (!Number.isFinite(number)) return 'This is not a number.';
	if (step === 1 && !Number.isSafeInteger(number)) return 'Enter a whole number.';
	if (number >= min && number <= max) return undefined;
	return max === Infinity
		? `Enter ${formatCount(min)} or more.`
		: `Enter a number from ${formatCount(min)} to ${formatCount(max)}.`;
}

interface NumberFieldProps
	extends Omit<TextInputProps, 'value' | 'onChange' | 'type' | 'error' | keyof Limits>, Limits {
	/** undefined: not set. */
	value: number | undefined;
	onChange: (value: number | undefined) => void;
}

const textOf = (value: number | undefined) => (value === undefined ? '' : String(value));

/** A number, or nothing. What is half typed stays as it is, such as "0." on the way to "0.5". */
export function NumberField({ value, onChange, none, ...props }: NumberFieldProps) {
	const [text, setText] = useState(textOf(value));
	const numberOf = (typed: string) => (typed.trim() === '' || Number(typed) === none ? undefined : Number(typed));
	const number = numberOf(text);
	useEffect(() => {
		if (value !== number) setText(textOf(value));
		// Only what comes from outside replaces what somebody types.
	}, [value]);
	return (
		<TextInput
			{...props}
			type="number"
			inputMode="decimal"
			value={text}
			error={number === undefined ? undefined : problemOf(number, props)}
			onChange={(event) => {
				setText(event.currentTarget.value);
				const typed = numberOf(event.currentTarget.value);
				if (typed === undefined || Number.isFinite(typed)) onChange(typed);
			}}
		/>
	);
}
