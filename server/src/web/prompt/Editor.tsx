import { Title } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';

import type { LogResponse } from '../../contract/logs.ts';
import type { ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import { draftName, isSaved, triedDescription, type Draft } from './draft.ts';
import { DraftBar } from './DraftBar.tsx';
import { problemOfDraft } from './draftProblems.ts';
import { JsonField } from './JsonField.tsx';
import { ModelFields } from './ModelFields.tsx';
import { OutputFields, ParameterFields } from './ParameterFields.tsx';
import classes from './Prompt.module.css';
import { SaveDialog } from './SaveDialog.tsx';
import { TemplateFields } from './TemplateFields.tsx';
import { TryPanel } from './TryPanel.tsx';
import { useDraft, type DraftState } from './useDraft.ts';
import { useTryInputs } from './useTryInputs.ts';

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
	// Fields that keep what is half typed are drawn again when another draft takes the place of this one.
	const [revision, setRevision] = useState(0);
	const { draft, change } = state;
	const problem = problemOfDraft(draft, start);
	return (
		<>
			<DraftBar
				{...{ base, state, problem }}
				onSave={() => setSaving(true)}
				onReplaced={() => setRevision(revision + 1)}
			/>
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
				<TryPanel {...{ projectId, draft, problem, tryInputs }} config={configToTry(state, base)} />
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
