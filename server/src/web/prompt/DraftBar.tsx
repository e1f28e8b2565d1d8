import { Button, Text } from '@mantine/core';
import { useRef, useState, type ReactNode } from 'react';

import type { ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import { versionName } from '../shared/names.ts';
import { PermissionButton } from '../shared/PermissionButton.tsx';
import { Time } from '../shared/Time.tsx';
import { isSaved } from './draft.ts';
import classes from './Prompt.module.css';
import type { DraftState, StoredDraft } from './useDraft.ts';

interface DraftBarProps {
	/** The version, or null for a new prompt. */
	base: ProjectConfigResponse | null;
	state: DraftState;
	/** Why it cannot be saved as it is. */
	problem: string | undefined;
	onSave: () => void;
	/** Is called when fields that keep what is half typed must be drawn again. */
	onReplaced: () => void;
}

function hintOf(base: ProjectConfigResponse | null): string {
	if (base === null) return 'Write the prompt, and try it. Nothing is saved until you save it.';
	return `Change what you like, and try it. ${versionName(base.config)} stays as it is: you save a new version.`;
}

/** Says whether there are changes, and what can be done with them. It is always there, so that nothing below it moves. */
export function DraftBar({ base, state, problem, onSave, onReplaced }: DraftBarProps) {
	const [discarded, setDiscarded] = useState<StoredDraft>();
	const element = useRef<HTMLDivElement>(null);
	/** The button that was pressed goes away. The next one is a Tab away then. */
	const keepFocus = () => element.current?.focus({ preventScroll: true });
	const save = (
		<PermissionButton role="edit" size="compact-sm" problem={problem} onClick={onSave}>
			Save as a new version
		</PermissionButton>
	);
	const bar = (text: ReactNode, buttons?: ReactNode) => (
		<div ref={element} tabIndex={-1} className={`${classes.draft} ${buttons ? '' : classes.hint}`} role="status">
			<Text size="sm">{text}</Text>
			{buttons}
		</div>
	);
	if (state.isChanged) {
		const { draft, newest, changedAt } = state;
		return bar(
			<>
				{state.isRestored ? 'Your draft is still here, changed ' : 'A draft in this browser, changed '}
				<Time at={changedAt} />.
			</>,
			<>
				{save}
				<Button
					key="discard"
					variant="subtle"
					size="compact-sm"
					onClick={() => {
						setDiscarded({ draft, newest, changedAt });
						state.discard();
						onReplaced();
						keepFocus();
					}}
				>
					Discard the changes
				</Button>
			</>,
		);
	}
	const isTried = base !== null && !isSaved(base.config);
	if (discarded) {
		return bar(
			'The changes are discarded.',
			<>
				<Button
					key="undo"
					variant="default"
					size="compact-sm"
					onClick={() => {
						state.restore(discarded);
						setDiscarded(undefined);
						onReplaced();
						keepFocus();
					}}
				>
					Undo
				</Button>
				{isTried && save}
			</>,
		);
	}
	if (isTried) return bar('This draft was tried but not saved.', save);
	return bar(hintOf(base));
}
