import wrapAnsi from 'wrap-ansi';

import { defaultModel, namedModel } from '../examples/demo/model.ts';

/** What `npm start` tells when everything runs. */
export interface Welcome {
	n8n: { url: string; asksForAccount: boolean; workflows: number };
	/** The address of the server, without a path. */
	server: string;
	/** Signs a browser in to the page, once. */
	link: string;
	/** Files and folders, as you would type them here. */
	files: { key: string; logs: string; database: string; oldServer: string | undefined };
	/** The address that the credential in n8n has, if it is another one than the server's. */
	otherBaseUrl: string | undefined;
}

/** The column of the texts beside their labels. */
const indent = 11;

/** Breaks between words, so that an address stays whole: a terminal can open it then. */
function labeled(label: string, text: string, columns: number): string[] {
	const lines = wrapAnsi(text, columns - indent, { hard: false }).split('\n');
	return lines.map((line, index) => (index === 0 ? label : '').padEnd(indent) + line);
}

/** The lines to print, what to do first at the top. */
export function welcomeLines({ n8n, server, link, files, otherBaseUrl }: Welcome, columns: number): string[] {
	const account = n8n.asksForAccount ? ' n8n asks for an account, which stays on this machine.' : '';
	const entries: [label: string, text: string][] = [
		['n8n', `${n8n.url}\nOpen it first.${account} It has ${n8n.workflows} example workflows.`],
		['Page', `${server}\nSee, change and compare prompts, and read logs.`],
		['Sign in', `This link signs you in to the page, once and within 15 minutes:\n${link}`],
		['API key', `In ${files.key}, to sign in later`],
		['API', `${server}/docs describes it. n8n's credential "Humanloop" has its address, ${server}/v4`],
		['Real model', realModelHint()],
		[
			'Data',
			`${files.database}, which npm run server uses, too. n8n's is in ${files.logs}, with n8n.log and server.log.`,
		],
	];
	if (files.oldServer !== undefined)
		entries.push([
			'Note',
			`Earlier versions kept the server's data in ${files.oldServer}. To open it: DATA_DIR=${files.oldServer} npm run server`,
		]);
	if (otherBaseUrl !== undefined)
		entries.push(['Note', `The credential in n8n was made for ${otherBaseUrl}. Change its Base URL there.`]);
	return [
		...entries.flatMap(([label, text]) => labeled(label, text, columns)),
		'Ctrl-C ends both programs and keeps your data.',
	];
}

/** How the examples run on a real model instead of the mock. */
function realModelHint(): string {
	const model = namedModel()?.model;
	if (model) return `The prompts are also stored for ${model}. To run one on it, choose that Model Config in a node.`;
	if (process.env.OPENAI_BASE_URL) return "Set OPENAI_MODEL to one of the host's models, and start again.";
	return `The examples run on a mock. OPENAI_API_KEY=sk-… npm start also stores the prompts for OpenAI's ${defaultModel}.`;
}
