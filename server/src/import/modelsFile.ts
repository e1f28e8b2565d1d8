import { ModelsFile } from '../contract/models.ts';
import type { Shutdown } from '../domain/models/endOfLife.ts';
import { fileProblem, readSettingFile } from './settingFile.ts';

const setting = 'MODELS_FILE';

/** Whether the calendar has the day: 2026-02-30 has the form of one. */
function isDay(text: string): boolean {
	const time = Date.parse(`${text}T00:00:00Z`);
	return !Number.isNaN(time) && new Date(time).toISOString().startsWith(`${text}T`);
}

/** What an operator's own file says about the end of models. Throws OperatorError for what cannot be read. */
export function readModelsFile(path: string): Shutdown[] {
	return readSettingFile(setting, path, ModelsFile).map((entry, index) => {
		const { provider, model, shut_down_on: shutDownOn, successor, source } = entry;
		if (shutDownOn !== null && !isDay(shutDownOn)) {
			throw fileProblem(setting, path, `entries.${index}.shut_down_on: it must be a day, such as 2027-01-31`);
		}
		return { provider, model, shutDownOn, successor: successor ?? null, source };
	});
}
