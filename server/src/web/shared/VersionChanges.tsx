import { Title } from '@mantine/core';
import { diffWordsWithSpace } from 'diff';

import type { ModelConfigResponse } from '../../contract/modelConfigs.ts';
import { DataTable } from './DataTable.tsx';
import { PlainText } from './PlainText.tsx';
import { changedSettings, templateText } from './versionChanges.ts';
import classes from './VersionChanges.module.css';

/** A text with what was removed and what was added, marked for readers of the screen and for screen readers. */
export function TextDiff({ before, after }: { before: string; after: string }) {
	return (
		<div className={classes.text} dir="auto">
			{diffWordsWithSpace(before, after).map(({ value, added, removed }, index) => {
				if (added) return <ins key={index}>{value}</ins>;
				return removed ? <del key={index}>{value}</del> : <span key={index}>{value}</span>;
			})}
		</div>
	);
}

interface SettingChangesProps {
	/** undefined: there is no version before. */
	before: ModelConfigResponse | undefined;
	after: ModelConfigResponse;
	/** What the columns of the two versions are called. */
	labels?: readonly [before: string, after: string];
}

/** The settings that two versions have differently. */
export function SettingChanges({ before, after, labels = ['Now', 'Then'] }: SettingChangesProps) {
	const settings = changedSettings(before, after);
	if (settings.length === 0) return <p className={classes.none}>The settings are the same.</p>;
	return (
		<DataTable
			label="Settings that change"
			columns={['Setting', ...(before ? labels : ['Value'])].map((name) => ({ name }))}
		>
			{settings.map(({ label, before: was, after: will }) => (
				<tr key={label}>
					<th scope="row">{label}</th>
					{before && <td className={classes.value}>{was}</td>}
					<td className={classes.value}>{will}</td>
				</tr>
			))}
		</DataTable>
	);
}

/** What changes if one version takes the place of another: its text, and its settings. */
export function VersionChanges({ before, after }: Pick<SettingChangesProps, 'before' | 'after'>) {
	const text = { before: before ? templateText(before) : '', after: templateText(after) };
	return (
		<>
			<Title order={3} className={classes.heading}>
				Text
			</Title>
			{before === undefined ? (
				<PlainText text={text.after} isCode />
			) : text.before === text.after ? (
				<p className={classes.none}>The text is the same.</p>
			) : (
				<TextDiff {...text} />
			)}
			<Title order={3} className={classes.heading}>
				Settings
			</Title>
			<SettingChanges before={before} after={after} />
		</>
	);
}
