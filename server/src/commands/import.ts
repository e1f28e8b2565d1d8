import { resolve } from 'node:path';
import { defineCommand } from './command.ts';
import { databaseSettings } from './withDatabase.ts';

export const importCommand = defineCommand({
	name: 'import',
	summary: 'Import an export from Humanloop or from this server, or .prompt files.',
	argument: { name: '<folder>', about: 'An export, any folder of one, or a folder of .prompt files.' },
	options: [
		{
			flags: '--aliases <file>',
			about: 'Older IDs of versions: lines such as config_…,prv_…, or a JSON object.',
		},
	],
	details:
		'The server may go on meanwhile. What is there already stays as it is, so you can\n' +
		'run it again, also after it was broken off. Prompts, versions, deployments and\n' +
		'logs keep their IDs and times. What cannot be imported is listed at the end, and\n' +
		'the exit code is 1 then.',
	settings: [...databaseSettings, 'modelsFile', 'openaiBaseUrl'],
	async run({ settings, values }) {
		const { runImport } = await import('./runImport.ts');
		const aliases = values['aliases'];
		await runImport(
			settings,
			resolve(String(values['folder'])),
			aliases === undefined ? undefined : resolve(String(aliases)),
		);
	},
});
