/**
 * Which files may import which. CONTRIBUTING.md ("Layout") says it in words. test/importRules.test.ts shows each rule
 * fail.
 *
 * Type imports count: two files that need each other's types belong together, or a third one holds what they share.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
module.exports = {
	forbidden: [
		{
			name: 'no-circles-between-files',
			comment: 'Move what both need into a third file.',
			severity: 'error',
			from: {},
			to: { circular: true },
		},
		{
			name: 'no-circles-between-folders',
			comment: 'Move the file to the folder that needs it, or what both need to a folder below.',
			severity: 'error',
			scope: 'folder',
			from: { path: '^(nodes|credentials|server/src)' },
			to: { circular: true },
		},
		{
			name: 'node-ships-without-dependencies',
			comment: 'nodes/ and credentials/ import n8n-workflow, node:crypto and their own files.',
			severity: 'error',
			from: { path: '^(nodes|credentials)/' },
			to: { pathNot: '^(nodes|credentials|node_modules/n8n-workflow)/|^(node:)?crypto$' },
		},
		{
			name: 'server-stands-alone',
			comment: 'The server and the node share a contract, not code.',
			severity: 'error',
			from: { path: '^server/' },
			to: { path: '^(nodes|credentials|test|e2e|bench|examples|n8n|verify|release)/|node_modules/n8n-' },
		},
		{
			name: 'contract-is-schemas-only',
			comment: 'contract/ imports TypeBox and its own files.',
			severity: 'error',
			from: { path: '^server/src/contract/' },
			to: { pathNot: '^server/src/contract/|node_modules/typebox/' },
		},
		{
			name: 'domain-knows-no-http-no-sql-no-provider',
			comment: 'domain/ imports contract/, itself and modules of Node.js that do no I/O over a network.',
			severity: 'error',
			from: { path: '^server/src/domain/' },
			to: {
				path: '^server/src/(http|routes|storage|providers|import|export)/|^server/src/[^/]+$|node_modules/(@?fastify|@ai-sdk|kysely|openai|undici|pg)|^(node:)?(http|https|net|sqlite|fs)$',
			},
		},
		{
			name: 'domain-root-below-its-folders',
			comment: "The files at domain's root are what its folders share: they import none of them.",
			severity: 'error',
			from: { path: '^server/src/domain/[^/]+$' },
			to: { path: '^server/src/domain/[^/]+/' },
		},
		{
			name: 'routes-ask-the-domain',
			comment: 'routes/ and http/ reach the database and the providers through domain/.',
			severity: 'error',
			from: { path: '^server/src/(routes|http)/' },
			to: { path: '^server/src/(storage|providers|import)/|node_modules/(@ai-sdk|kysely|openai|pg)/|^(node:)?sqlite$' },
		},
		{
			name: 'storage-and-providers-serve-the-domain',
			comment: 'storage/ and providers/ import domain/ and contract/, not each other and nothing of HTTP routes.',
			severity: 'error',
			from: { path: '^server/src/(storage|providers)/' },
			to: { path: '^server/src/(http|routes|import)/|^server/src/[^/]+$|node_modules/@?fastify/' },
		},
		{
			name: 'import-and-export-ask-the-domain',
			comment:
				'import/ and export/ read and write files, and reach the database through domain/. They know no HTTP, no SQL and no provider.',
			severity: 'error',
			from: { path: '^server/src/(import|export)/' },
			to: {
				path: '^server/src/(http|routes|storage|providers)/|^server/src/[^/]+$|node_modules/(@?fastify|@ai-sdk|kysely|openai|undici|pg)',
			},
		},
		{
			name: 'commands-are-the-top',
			comment: 'commands/ read the settings and put the rest together: only main.ts imports them.',
			severity: 'error',
			from: { path: '^server/src/', pathNot: '^server/src/(commands/|main\\.ts$)' },
			to: { path: '^server/src/commands/' },
		},
		{
			name: 'commands-know-no-library-of-others',
			comment: 'commands/ reach the database through storage/, HTTP through app.ts and providers not at all.',
			severity: 'error',
			from: { path: '^server/src/commands/' },
			to: {
				path: '^server/src/(routes|providers)/|node_modules/(@?fastify|@ai-sdk|kysely|openai|undici|pg)/|^(node:)?(http|net|sqlite)$',
			},
		},
		{
			name: 'config-reads-text',
			comment: 'config/ turns text into values. It imports domain/ only.',
			severity: 'error',
			from: { path: '^server/src/config/' },
			to: { path: '^server/src/(?!config/|domain/)|node_modules/' },
		},
		{
			name: 'storage-apart-from-providers',
			severity: 'error',
			from: { path: '^server/src/storage/' },
			to: { path: '^server/src/providers/' },
		},
		{
			name: 'providers-apart-from-storage',
			severity: 'error',
			from: { path: '^server/src/providers/' },
			to: { path: '^server/src/storage/|node_modules/kysely/' },
		},
		{
			name: 'telemetry-serves-the-domain',
			comment: 'telemetry/ measures what the domain tells it. It reaches nothing else of the server.',
			severity: 'error',
			from: { path: '^server/src/telemetry/' },
			to: {
				path: '^server/src/(http|routes|storage|providers|import)/|^server/src/[^/]+$|node_modules/(@?fastify|@ai-sdk|kysely|openai|undici|pg)/',
			},
		},
		{
			name: 'only-telemetry-measures',
			comment: 'All others tell what happens through domain/telemetry.ts. app.ts puts telemetry/ behind it.',
			severity: 'error',
			from: { path: '^server/src/(contract|domain|http|routes|storage|providers|import)/' },
			to: { path: '^server/src/telemetry/|node_modules/(prom-client|@opentelemetry)/' },
		},
		{
			name: 'page-is-a-client',
			comment: 'web/ runs in the browser: it imports npm packages, its own files, and types of the contract.',
			severity: 'error',
			from: { path: '^server/src/web/' },
			to: { pathNot: '^server/src/(web|contract)/|node_modules/' },
		},
		{
			name: 'page-takes-types-of-the-contract',
			comment: "Import the contract's types with `import type`: schemas are no part of the page.",
			severity: 'error',
			from: { path: '^server/src/web/' },
			to: { path: '^server/src/contract/', dependencyTypesNot: ['type-only'] },
		},
		{
			name: 'page-stands-alone',
			comment: 'Only the build reads web/.',
			severity: 'error',
			from: { pathNot: '^server/src/web/' },
			to: { path: '^server/src/web/' },
		},
		{
			name: 'every-import-resolves',
			severity: 'error',
			// The package's program starts what the build makes.
			from: { pathNot: '^server/bin/' },
			to: { couldNotResolve: true },
		},
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		exclude: { path: '^(dist|server/dist|server/dist-page[^/]*)/' },
		tsPreCompilationDeps: true,
		combinedDependencies: true,
		enhancedResolveOptions: {
			exportsFields: ['exports'],
			conditionNames: ['import', 'require', 'node', 'default', 'types'],
		},
	},
};
