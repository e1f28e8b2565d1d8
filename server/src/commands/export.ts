import { resolve } from 'node:path';
import { defineCommand } from './command.ts';
import { databaseSettings, requireDatabase } from './withDatabase.ts';

export const exportCommand = defineCommand({
	name: 'export',
	summary: 'Export all prompts and logs as JSON, or prompts as .prompt files.',
	argument: { name: '<folder>', about: 'The folder. It must not exist, or be empty.' },
	options: [{ flags: '--prompts', about: 'Only a .prompt file for each project: what is deployed by default.' }],
	details:
		'The server may go on meanwhile. The folder has one state of all data in plain\n' +
		'text, in the form that "import" reads. Equal data gives equal files. API keys,\n' +
		'saved responses and the audit trail are not in it: "backup" has everything.',
	settings: databaseSettings,
	async run({ settings, values }) {
		requireDatabase(settings);
		const { runExport } = await import('./runExport.ts');
		await runExport(settings, resolve(String(values['folder'])), values['prompts'] === true);
	},
});
