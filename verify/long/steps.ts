export interface Step {
	name: string;
	/** As you would type it. */
	command: string;
}

/** What takes too long for every change, in the order in which it runs. */
export const steps: Step[] = [
	{ name: 'The fast part', command: 'npm run verify' },
	{ name: 'A release, without publishing it', command: 'npm run release:dry-run' },
	{ name: "n8n's own scan", command: 'npm run verify:n8n -- scan' },
	{ name: "n8n's own command line", command: 'npm run verify:n8n -- node-cli' },
	{ name: 'Engines of n8n versions', command: 'npm run test:n8n-versions -- --all' },
	{ name: 'n8n installs the node', command: 'npm run e2e:install' },
	{ name: "The Dockerfile's steps", command: 'npm run e2e:image' },
	{ name: 'Kill the server', command: 'npm run chaos' },
	{ name: 'Kill servers on PostgreSQL', command: 'npm run chaos:replicas' },
	{ name: 'Malformed requests', command: 'npm run fuzz' },
	{ name: 'Half an hour of load', command: 'npm run soak' },
	{ name: 'The page, in all looks', command: 'npm run e2e:page' },
];
