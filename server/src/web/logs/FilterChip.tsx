import { Button, CloseButton, Popover } from '@mantine/core';
import Plus from 'lucide-react/icons/plus';
import { useState, type ReactNode } from 'react';

import classes from './Filters.module.css';

interface FilterChipProps {
	/** What it filters by: "Version". */
	label: string;
	/** What is chosen, in words. undefined: the filter is not set. */
	value: string | undefined;
	onClear: () => void;
	/** What it is set with. */
	children: (close: () => void) => ReactNode;
}

/** A filter as a small button: it says what is chosen, opens what to choose with, and can be removed. */
export function FilterChip({ label, value, onClear, children }: FilterChipProps) {
	const [isOpen, setOpen] = useState(false);
	const close = () => setOpen(false);
	return (
		<span className={classes.chip} data-set={value !== undefined || undefined}>
			<Popover opened={isOpen} onChange={setOpen} position="bottom-start" trapFocus returnFocus shadow="sm">
				<Popover.Target>
					<Button
						variant="transparent"
						color="gray"
						size="compact-sm"
						className={classes.button}
						leftSection={value === undefined ? <Plus size={14} aria-hidden /> : undefined}
						onClick={() => setOpen(!isOpen)}
					>
						<span className={classes.text}>
							{label}
							{value !== undefined && (
								<>
									: <strong>{value}</strong>
								</>
							)}
						</span>
					</Button>
				</Popover.Target>
				<Popover.Dropdown className={classes.dropdown}>{children(close)}</Popover.Dropdown>
			</Popover>
			{value !== undefined && (
				<CloseButton size="xs" radius="xl" mr={4} aria-label={`Remove the filter ${label}`} onClick={onClear} />
			)}
		</span>
	);
}
