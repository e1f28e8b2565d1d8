import { ActionIcon, CopyButton as MantineCopyButton, Tooltip } from '@mantine/core';
import Check from 'lucide-react/icons/check';
import Copy from 'lucide-react/icons/copy';

/** Copies a text. `label` says what: "Copy the output". */
export function CopyButton({ value, label }: { value: string; label: string }) {
	return (
		<MantineCopyButton value={value}>
			{({ copied, copy }) => (
				<Tooltip label={copied ? 'Copied' : label}>
					<ActionIcon variant="subtle" color="gray" size="sm" aria-label={copied ? 'Copied' : label} onClick={copy}>
						{copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
					</ActionIcon>
				</Tooltip>
			)}
		</MantineCopyButton>
	);
}
