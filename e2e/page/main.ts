import { total } from '../check.ts';
import { checkBundle } from './bundle.ts';
import { checkCompare } from './compare.ts';
import { checkDeployments } from './deployments.ts';
import { checkDialogs } from './dialogs.ts';
import { checkFirstScreen } from './firstScreen.ts';
import { startPageEnvironment, type PageEnvironment } from './harness.ts';
import { checkLayout } from './layout.ts';
import { checkLog } from './log.ts';
import { checkLogs } from './logs.ts';
import { checkOtherOrigin } from './otherOrigin.ts';
import { checkProject } from './project.ts';
import { checkProjects } from './projects.ts';
import { checkPrompt } from './prompt.ts';
import { checkPromptForm } from './promptForm.ts';
import { checkSamples } from './samples.ts';
import { checkSessions } from './sessions.ts';
import { checkSettings } from './settings.ts';
import { checkSignIn } from './signIn.ts';
import { checkUsage } from './usage.ts';

/** What is checked of each page. `-- --only projects` runs one of them. */
const pages: Record<string, (environment: PageEnvironment) => Promise<void>> = {
	bundle: checkBundle,
	firstScreen: checkFirstScreen,
	signIn: checkSignIn,
	otherOrigin: checkOtherOrigin,
	projects: checkProjects,
	project: checkProject,
	prompt: checkPrompt,
	promptForm: checkPromptForm,
	compare: checkCompare,
	deployments: checkDeployments,
	dialogs: checkDialogs,
	logs: checkLogs,
	log: checkLog,
	samples: checkSamples,
	sessions: checkSessions,
	usage: checkUsage,
	settings: checkSettings,
	layout: checkLayout,
};

/*
 * `npm run e2e:page`: the page in Chromium, on our server, with data that is made through the API.
 *
 *   -- --fast       each look in one color scheme and at one width
 *   -- --only NAME  the checks of one page
 *   -- --pictures   renews the pictures in docs/
 */
async function main(): Promise<void> {
	const at = process.argv.indexOf('--only');
	const only = at < 0 ? undefined : process.argv[at + 1];
	if (only !== undefined && !pages[only]) throw new Error(`--only takes one of: ${Object.keys(pages).join(', ')}.`);
	const environment = await startPageEnvironment();
	try {
		for (const [name, checkPage] of Object.entries(pages)) {
			if (only === undefined || only === name) await checkPage(environment);
		}
	} finally {
		await environment.close();
	}
	process.exitCode = total('e2e:page') ? 0 : 1;
}

main().catch((error: Error) => {
	console.error(error);
	process.exitCode = 1;
});
