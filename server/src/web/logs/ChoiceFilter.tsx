import { Checkbox, Radio, ScrollArea, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';

import { FilterChip } from './FilterChip.tsx';
import { useRadioKeys } from './useRadioKeys.ts';

export interface Choice {
	value: string;
	label: string;
}

function chosenText(values: string[], choices: Choice[]): string | undefined {
	const names = values.map((value) => choices.find((choice) => choice.value === value)?.label ?? value);
	if (names.length === 0) return undefined;
	return names.length > 2 ? `${names.length} chosen` : names.join(' or ');
}

interface ChoiceFilterProps {
	label: string;
	choices: Choice[];
	values: string[];
	onChange: (values: string[], options?: { replace: boolean }) => void;
	/** Whether only one can be chosen. */
	isSingle?: boolean;
	/** Said where there is nothing to choose. */
	empty?: string;
}

/** A filter by some of several values. */
export function ChoiceFilter({ label, choices, values, onChange, isSingle = false, empty }: ChoiceFilterProps) {
	const [search, setSearch] = useState('');
	const keys = useRadioKeys();
	const found = choices.filter((choice) => choice.label.toLowerCase().includes(search.toLowerCase()));
	return (
		<FilterChip label={label} value={chosenText(values, choices)} onClear={() => onChange([])}>
			{(close) => (
				<>
					{choices.length > 8 && (
						<TextInput
							mb="sm"
							aria-label={`Search: ${label}`}
							placeholder="Search"
							value={search}
							onChange={(event) => setSearch(event.currentTarget.value)}
						/>
					)}
					{choices.length === 0 && <Text size="sm">{empty}</Text>}
					<ScrollArea.Autosize mah={320} type="auto">
						{isSingle ? (
							<Radio.Group
								aria-label={label}
								value={values[0] ?? ''}
								onChange={(value) => keys.choose(close, (options) => onChange([value], options))}
							>
								<Stack gap="xs" {...keys.handlers(close)}>
									{found.map((choice) => (
										<Radio key={choice.value} {...choice} data-autofocus={choice.value === values[0] || undefined} />
									))}
								</Stack>
							</Radio.Group>
						) : (
							<Checkbox.Group aria-label={label} value={values} onChange={(some) => onChange(some)}>
								<Stack gap="xs">
									{found.map((choice) => (
										<Checkbox key={choice.value} {...choice} />
									))}
								</Stack>
							</Checkbox.Group>
						)}
					</ScrollArea.Autosize>
				</>
			)}
		</FilterChip>
	);
}
