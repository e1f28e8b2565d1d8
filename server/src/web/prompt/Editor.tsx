import { Button, Text, Title } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';

import type { LogResponse } from '../../contract/logs.ts';
import type { ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import { versionName } from '../shared/names.ts';
import { PermissionButton } from '../shared/PermissionButton.tsx';
import { Time } from '../shared/Time.tsx';
import { draftName, isSaved, triedDescription, type Draft } from './draft.ts';
import { JsonField } from './JsonField.tsx';
import { ModelFields } from './ModelFields.tsx';
import { OutputFields, ParameterFields } from './ParameterFields.tsx';
import classes from './Prompt.module.css';
import { SaveDialog } from './SaveDialog.tsx';
import { TemplateFields } from './TemplateFields.tsx';
import { TryPanel } from './TryPanel.tsx';
import { useDraft, type DraftState } from './useDraft.ts';
import { useTryInputs } from './useTryInputs.ts';

/** Says that there are changes, and offers to save or to forget them. */
function DraftBar({ state, onSave, onDiscard }: { state: DraftState; onSave: () => void; onDiscard: () => void }) {
	return (
		<div className={classes.draft} role="status">
			<Text size="sm">
				{state.isRestored ? 'Your draft is still here, changed ' : 'A draft in this browser, changed '}
				<Time at={state.changedAt} />.
			</Text>
			<PermissionButton role="edit" size="compact-sm" onClick={onSave}>
				Save as a new version
			</PermissionButton>
			<Button variant="subtle" size="compact-sm" onClick={onDiscard}>
				Discard the changes
			</Button>
		</div>
	);
}

/** A part of the editor, which screen readers find by its heading. */
function Section({ title, children }: { title: string; children: ReactNode }) {
	const id = useId();
	return (
		<section className={classes.section} aria-labelledby={id}>
			<Title order={2} id={id} mb="md">
				{title}
			</Title>
			{children}
		</section>
	);
}

interface EditorProps {
	projectId: string;
	/** The version, or null for a new prompt. */
	base: ProjectConfigResponse | null;
	/** What is edited at first. */
	start: Draft;
	/** All saved versions, newest first. */
	versions: ProjectConfigResponse[];
	/** A call whose input is tried. */
	log: LogResponse | undefined;
}

/** Says that a version stays as it is. It has the height of what takes its place, so that nothing moves. */
function EditHint({ base }: { base: ProjectConfigResponse | null }) {
	return (
		<div className={`${classes.draft} ${classes.hint}`}>
			<Text size="sm">
				{base
					? `Change what you like, and try it. ${versionName(base.config)} stays as it is: you save a new version.`
					: 'Write the prompt, and try it. Nothing is saved before you say so.'}
			</Text>
		</div>
	);
}

/** What is tried: the version itself, or the changed draft, which its logs show under a name that says so. */
function configToTry({ draft, isChanged }: DraftState, base: ProjectConfigResponse | null) {
	if (base && !isChanged) return { model_config_id: base.config.id };
	const name = base ? draftName(base.config.name) : 'Draft';
	return { model_config: { ...draft, name, description: triedDescription } };
}

export function Editor({ projectId, base, start, versions, log }: EditorProps) {
	const newest = versions.find(({ config }) => isSaved(config))?.config.id ?? null;
	const state = useDraft(projectId, base?.config.id ?? `new ${start.endpoint}`, start, newest);
	const tryInputs = useTryInputs(base?.config.id, log);
	const [isSaving, setSaving] = useState(false);
	// Fields that keep what is half typed are drawn again when the changes are discarded.
	const [revision, setRevision] = useState(0);
	const { draft, change } = state;
	const discard = () => {
		state.discard();
		setRevision(revision + 1);
	};
	return (
		<>
			{state.isChanged && <DraftBar state={state} onSave={() => setSaving(true)} onDiscard={discard} />}
			{!state.isChanged && (!base || isSaved(base.config)) && <EditHint base={base} />}
			{!state.isChanged && base && !isSaved(base.config) && (
				<div className={classes.draft}>
					<Text size="sm">This was tried, and is no version yet.</Text>
					<PermissionButton role="edit" size="compact-sm" onClick={() => setSaving(true)}>
						Save as a new version
					</PermissionButton>
				</div>
			)}
			<div className={classes.columns}>
				<div key={revision}>
					<Section title={draft.endpoint === 'chat' ? 'Messages' : 'Template'}>
						<TemplateFields draft={draft} change={change} />
					</Section>
					<Section title="Model">
						<ModelFields draft={draft} change={change} />
					</Section>
					<Section title="Parameters">
						<ParameterFields draft={draft} change={change} />
					</Section>
					<Section title="Output">
						<OutputFields draft={draft} change={change} />
					</Section>
					{draft.tools && draft.tools.length > 0 && (
						<Section title="Tools">
							<JsonField
								label="Tools"
								kind="list"
								value={draft.tools}
								onChange={(tools) => change({ tools: tools as Draft['tools'] })}
							/>
						</Section>
					)}
				</div>
				<TryPanel projectId={projectId} draft={draft} config={configToTry(state, base)} tryInputs={tryInputs} />
			</div>
			{isSaving && (
				<SaveDialog
					{...{ projectId, base, draft, versions }}
					newest={state.newest}
					onClose={() => setSaving(false)}
					onSaved={(configId) => {
						state.discard();
						tryInputs.keepFor(configId);
					}}
				/>
			)}
		</>
	);
}
