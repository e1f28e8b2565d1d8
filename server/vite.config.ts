import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Writes each text file compressed beside itself, once, so that the server does not compress in each request. */
function precompress(): Plugin {
	let folder = '';
	return {
		name: 'precompress',
		apply: 'build',
		configResolved: ({ root, build }) => {
			folder = path.resolve(root, build.outDir);
		},
		closeBundle: () => {
			for (const name of globSync('**/*.{js,css,html,svg}', { cwd: folder })) {
				const file = path.join(folder, name);
				const text = readFileSync(file);
				writeFileSync(`${file}.br`, brotliCompressSync(text));
				writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
			}
		},
	};
}

/**
 * Checks that styles.ts has the styles of every component in the bundle. All styles of Mantine together would be a tenth
 * of the page.
 */
function checkStyles(): Plugin {
	return {
		name: 'check-styles',
		apply: 'build',
		generateBundle: (_options, bundle) => {
			const imported = readFileSync(path.join(import.meta.dirname, 'src/web/styles.ts'), 'utf8');
			const modules = Object.values(bundle).flatMap((chunk) =>
				chunk.type === 'chunk' ? Object.keys(chunk.modules) : [],
			);
			const used = modules.flatMap((id) => /@mantine\/core\/.*\/(\w+)\.module\.mjs$/.exec(id)?.[1] ?? []);
			const lines = [...new Set(used)].map((name) => `import '@mantine/core/styles/${name}.css';`);
			const missing = lines.filter((line) => !imported.includes(line));
			if (missing.length > 0)
				throw new Error(`Add to src/web/styles.ts, what others build on first:\n${missing.join('\n')}`);
		},
	};
}

/**
 * Preact in the place of React, for the page and for its components: the same API in a fifth of the size. The whole page
 * would be 50 kB larger, compressed.
 */
const preact = [
	{ find: /^react(-dom)?$/, replacement: path.join(import.meta.dirname, 'src/web/react.ts') },
	{ find: /^react-dom\/client$/, replacement: 'preact/compat/client' },
	{ find: /^react\/(jsx-(dev-)?runtime)$/, replacement: 'preact/$1' },
];

/** The server that `vite` asks for the API. */
const server = process.env.HUMANLOOP_SERVER ?? 'http://127.0.0.1:8400';

export default defineConfig({
	root: path.join(import.meta.dirname, 'src/web'),
	plugins: [checkStyles(), precompress()],
	resolve: { alias: preact },
	build: {
		outDir: path.join(import.meta.dirname, 'dist-page'),
		emptyOutDir: true,
		// The browsers of the last two years: the ones that Mantine supports.
		target: 'es2022',
		// The content security policy of the server allows no data: URLs but for images.
		assetsInlineLimit: 0,
		// The licenses of what is bundled ask for their text to be kept.
		license: { fileName: 'LICENSES.md' },
		chunkSizeWarningLimit: 700,
		rolldownOptions: {
			// The directives of the components are for React on a server.
			checks: { pluginTimings: false, moduleLevelDirective: false },
			// A parser that CodeMirror's commands for programming languages use. Nothing here does, and its package does not say
			// that it can be left out then.
			treeshake: { moduleSideEffects: [{ test: /@lezer/, sideEffects: false }] },
			output: {
				codeSplitting: {
					groups: [
						// What asks for the first data, before the rest runs.
						{ name: 'start', test: /web.(start|pages|api.early)\.ts$/, priority: 1 },
						// One file: many small ones are compressed worse, and each is a request of its own. Mantine's styles are in it
						// too, as those of our components must come after them.
						{ name: 'shared', test: /@mantine|@floating-ui|web.(shared|api|styles|global)/ },
					],
				},
			},
		},
	},
	// Sec-Fetch-Site says "same-origin", and the host stays the one of the page: so the cookie works through the proxy.
	server: { host: '127.0.0.1', proxy: { '/v4': { target: server, changeOrigin: false } } },
});
