import { ActionIcon, Select, Tooltip } from '@mantine/core';
import ArrowLeftRight from 'lucide-react/icons/arrow-left-right';

import type { ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import { isSaved } from '../prompt/draft.ts';
import { versionName } from '../shared/names.ts';
import type { Side } from './pairs.ts';
import classes from './Compare.module.css';

interface VersionPickersProps {
	/** Newest first. */
	versions: ProjectConfigResponse[];
	chosen: Record<Side, string>;
	disabled: boolean;
	onChoose: (chosen: Record<Side, string>) => void;
	onExchange: () => void;
}

/** Chooses the two versions. */
export function VersionPickers({ versions, chosen, disabled, onChoose, onExchange }: VersionPickersProps) {
	// What was only tried in the editor is left out, unless the address names it.
	const shown = versions.filter(({ config }) => isSaved(config) || Object.values(chosen).includes(config.id));
	const picker = (side: Side, label: string) => (
		<Select
			label={label}
			searchable
			allowDeselect={false}
			disabled={disabled}
			nothingFoundMessage="No versions match"
			value={chosen[side]}
			onChange={(id) => id !== null && onChoose({ ...chosen, [side]: id })}
			data={shown.map(({ config }) => ({
				value: config.id,
				label: versionName(config),
				disabled: config.id === chosen[side === 'left' ? 'right' : 'left'],
			}))}
		/>
	);
	return (
		<div className={classes.pickers}>
			{picker('left', 'Left')}
			<Tooltip label="Exchange left and right">
				<ActionIcon
					variant="default"
					size="input-sm"
					aria-label="Exchange left and right"
					disabled={disabled}
					onClick={onExchange}
				>
					<ArrowLeftRight size={16} aria-hidden />
				</ActionIcon>
			</Tooltip>
			{picker('right', 'Right')}
		</div>
	);
}
