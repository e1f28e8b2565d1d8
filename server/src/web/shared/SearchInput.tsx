import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import Search from 'lucide-react/icons/search';
import { useEffect, useState } from 'react';

interface SearchInputProps {
	label: string;
	value: string;
	/** Called shortly after the last key. */
	onChange: (value: string) => void;
}

/** A field that searches while somebody types. */
export function SearchInput({ label, value, onChange }: SearchInputProps) {
	const [text, setText] = useState(value);
	const report = useDebouncedCallback(onChange, 150);
	// The address changed by another way, such as the back button.
	useEffect(() => setText(value), [value]);
	const set = (next: string) => {
		setText(next);
		report(next);
	};
	return (
		<TextInput
			type="search"
			aria-label={label}
			placeholder={label}
			value={text}
			leftSection={<Search size={16} aria-hidden />}
			rightSection={
				text === '' ? undefined : <CloseButton size="sm" aria-label="Clear the search" onClick={() => set('')} />
			}
			onChange={(event) => set(event.currentTarget.value)}
			w={{ base: '100%', xs: 280 }}
		/>
	);
}
