import { execFileSync } from 'node:child_process';

/** Variables that the docs name and that neither this repository nor n8n's configuration reads: by whom they are read. */
const otherVariables: { names: RegExp; /** Packages. */ readBy?: string }[] = [
	{ names: /^OTEL_\w+$/, readBy: '@opentelemetry' },
	// config/hosts.ts: the operator chooses the name in the middle.
	{ names: /^PROVIDER_[A-Z0-9]+_(?:BASE_URL|API_KEY)$/ },
	// n8n's module community-packages, which only a whole n8n has (2.41.1).
	{ names: /^N8N_(?:REINSTALL_MISSING|UNVERIFIED)_PACKAGES(?:_ENABLED)?$/ },
	{ names: /^N8N_COMMUNITY_PACKAGES_PREVENT_LOADING$/ },
	// n8n's loader of nodes, likewise.
	{ names: /^N8N_CUSTOM_EXTENSIONS$/ },
];

/** Whether a variable is one of those, and the program that is said to read it still does. */
export function isOtherVariable(name: string): boolean {
	const found = otherVariables.find(({ names }) => names.test(name));
	if (!found?.readBy) return Boolean(found);
	try {
		// npm puts a package into one of these.
		const folders = ['node_modules', 'server/node_modules'].map((folder) => `${folder}/${found.readBy}`);
		execFileSync('grep', ['--recursive', '--quiet', '--no-messages', '--word-regexp', name, ...folders]);
		return true;
	} catch {
		return false;
	}
}
