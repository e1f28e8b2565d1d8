/**
 * What runs each command that README.md and docs/ tell you to type. A command without an entry fails `npm run verify`, and
 * so does an entry without a command.
 */
export type TableEntry = { commands: RegExp; on?: RegExp } & (
	| {
			/** The file that runs it. */
			by: string;
			/** What runs it there, as the file has it once. So the entry does not outlive the test. */
			says: string;
	  }
	| {
			/** Why nothing runs it here. docs/verification.md says so, too. */
			notRun: string;
	  }
);

const noDocker = 'There is no Docker engine where the checks run';
const noSystemd = 'It needs systemd and root';
const notPublished = 'No version is at npm yet';
const onlyCompared = 'It is only compared with the versions that the tests install';
export const preparesShell = 'It only prepares your shell or your folder';

/** Followed by a test, block by block, with the texts of the page. */
const comingFrom = { by: 'server/test/comingFromHumanloop.test.ts', says: "blocks('sh')" };
const operations = (heading: string) => ({ by: 'server/test/package/main.ts', says: `'${heading}'` });

/** The first entry that fits counts. */
export const commandTable: TableEntry[] = [
	{ commands: /^(?:npx humanloop-server import exports|curl )/, on: /coming-from-humanloop/, ...comingFrom },
	{
		commands: /^npm install humanloop@\S+ konfig-axios-fetch-adapter@/,
		notRun: onlyCompared,
	},

	{ commands: /^npm install$/, by: '.ci/run', says: 'step "npm install-test" npm install-test' },
	{ commands: /^npm run demo$/, by: '.ci/run', says: 'step "npm run demo" npm run demo' },
	{ commands: /^npm run build$/, by: '.ci/run', says: 'step "npm run build" npm run build' },
	{ commands: /^npm start$/, by: 'e2e/start.ts', says: "spawn('npm', ['start']" },
	{ commands: /^npm pack$/, by: 'test/package.test.ts', says: "'npm', ['pack'" },
	{
		commands: /^npm install --legacy-peer-deps \S+\.tgz$/,
		by: 'e2e/environment.ts',
		says: "'--legacy-peer-deps', tarball",
	},
	{ commands: /^npm view n8n-nodes-humanloop@/, notRun: notPublished },
	{ commands: /^npm pack -w humanloop-server$/, by: 'server/test/package/install.ts', says: "'npm', ['pack'" },
	{
		commands: /^npm install \S+\/humanloop-server-\d\S+\.tgz$/,
		by: 'server/test/package/install.ts',
		says: "'--prefer-offline', tarball",
	},
	{ commands: /^npm run server$/, by: 'verify/release.ts', says: "'run', 'server'" },
	{ commands: /^(?:KEY=\$\()?(?:curl|humanloop-server) /, by: 'verify/release.ts', says: 'commandsToFollow()' },

	{ commands: /^npx humanloop-server keys (?:create|list|rotate) ?/, ...operations('API keys') },
	{ commands: /^npx humanloop-server budgets /, ...operations('Budgets') },
	{ commands: /^npx humanloop-server backup backup\.db$/, ...operations('Back up') },
	{ commands: /^npx humanloop-server restore backup\.db /, ...operations('Restore') },
	{ commands: /^npx humanloop-server (?:export|import) /, ...operations('Export and import') },
	{ commands: /^npx humanloop-server migrate$/, ...operations('Upgrade and going back') },
	{
		commands: /^(?:export DATABASE_URL=|npx humanloop-server move$|npx humanloop-server backup from-postgres)/,
		...operations('Move to PostgreSQL'),
	},
	{ commands: /^npx humanloop-server restore from-postgres/, ...operations('Move to PostgreSQL') },
	{ commands: /^npx humanloop-server$/, by: 'verify/release.ts', says: "'npx', ['humanloop-server']" },
	{
		commands: /^npx humanloop-server --data-dir restored --port /,
		by: 'verify/release.ts',
		says: "'restored', '--port'",
	},
	{ commands: /^(?:npm install \.\/humanloop-server-<|mv \.data newer$)/, notRun: notPublished },
	{
		commands: /^npx humanloop-server restore before-the-upgrade\.db$/,
		by: 'server/test/copy.test.ts',
		says: "const restored = await command(['restore', file], { DATABASE_URL: other })",
	},
	{
		commands: /^npx humanloop-server restore newer\//,
		by: 'server/test/upgrade.test.ts',
		says: "await command(['restore', backup], { DATA_DIR: back })",
	},

	{ commands: /docker /, notRun: noDocker },
	{ commands: /^sudo /, notRun: noSystemd },
	{ commands: /^(?:cd|export|unset|mkdir|cp|chmod|git)\b|^KEY=\S+$/, notRun: preparesShell },
];
