import { Title } from '@mantine/core';

import type { ModelConfigResponse } from '../../contract/modelConfigs.ts';
import { versionName } from '../shared/names.ts';
import { SettingChanges } from '../shared/VersionChanges.tsx';
import { templateText } from '../shared/versionChanges.ts';
import classes from './Compare.module.css';
import type { Side } from './pairs.ts';
import { TemplateDiff } from './TemplateDiff.tsx';

/** What two versions have differently. */
export function Differences({ left, right }: Record<Side, ModelConfigResponse>) {
	const text = { left: templateText(left), right: templateText(right) };
	return (
		<>
			<Title order={2} className={classes.heading}>
				Text
			</Title>
			{text.left === text.right ? <p className={classes.same}>The text is the same.</p> : <TemplateDiff {...text} />}
			<Title order={2} className={classes.heading}>
				Settings
			</Title>
			<div className={classes.settings}>
				<SettingChanges before={left} after={right} labels={[versionName(left), versionName(right)]} />
			</div>
		</>
	);
}
