import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';

import { FilterChip } from './FilterChip.tsx';

interface TextFieldProps {
	label: string;
	description: string;
	value: string;
	onApply: (value: string) => void;
}

function TextForm({ label, description, value, onApply }: TextFieldProps) {
	const [text, setText] = useState(value);
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				onApply(text.trim());
			}}
		>
			<TextInput
				data-autofocus
				label={label}
				description={description}
				value={text}
				onChange={(event) => setText(event.currentTarget.value)}
			/>
			<Group justify="flex-end" mt="sm">
				<Button type="submit" size="xs">
					Apply
				</Button>
			</Group>
		</form>
	);
}

interface TextFilterProps {
	label: string;
	description: string;
	value: string | undefined;
	/** How the value is shown, if it has a name. */
	name?: string | undefined;
	onChange: (value: string | undefined) => void;
}

/** A filter by a text that is typed in. */
export function TextFilter({ label, description, value, name, onChange }: TextFilterProps) {
	return (
		<FilterChip
			label={label}
			value={value === undefined ? undefined : (name ?? value)}
			onClear={() => onChange(undefined)}
		>
			{(close) => (
				<TextForm
					{...{ label, description, value: value ?? '' }}
					onApply={(text) => {
						onChange(text === '' ? undefined : text);
						close();
					}}
				/>
			)}
		</FilterChip>
	);
}
