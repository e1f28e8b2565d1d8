/** A package that people get with ours. */
export interface Shipped {
	name: string;
	version: string;
	/** An SPDX expression. Undefined if the package names no license. */
	license: string | undefined;
}

/** A package of the lock file, or the root or a workspace of it. */
interface LockEntry {
	version?: string;
	license?: string;
	/** A workspace's folder, behind its link in node_modules. */
	resolved?: string;
	link?: boolean;
	dependencies?: Record<string, string>;
	optionalDependencies?: Record<string, string>;
	peerDependencies?: Record<string, string>;
}

export type LockPackages = Record<string, LockEntry>;

/** The path of the package that Node.js finds for a name, from a package of the lock file on upwards. */
function resolve(packages: LockPackages, from: string, name: string): string | undefined {
	const parts = from === '' ? [] : from.split('/');
	for (let count = parts.length; count >= 0; count--) {
		if (parts[count - 1] === 'node_modules') continue;
		const path = [...parts.slice(0, count), 'node_modules', name].join('/');
		const entry = packages[path];
		if (entry) return entry.link ? entry.resolved : path;
	}
	return undefined;
}

/**
 * What npm installs along with a package of this repository, sorted by name. Optional packages for other machines are
 * among them.
 *
 * @param packages `packages` of package-lock.json
 * @param workspace the package's folder
 * @throws Error if the lock file lacks a package
 */
export function installedWith(packages: LockPackages, workspace: string): Shipped[] {
	const found = new Set<string>();
	const waiting = [workspace];
	for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
		const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = packages[path]!;
		for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
			const resolved = resolve(packages, path, name);
			// An optional package can be missing, and so can a peer.
			if (resolved === undefined && name in dependencies && !(name in optionalDependencies))
				throw new Error(`package-lock.json lacks ${name}, which ${path} depends on. Run "npm install".`);
			if (resolved === undefined || found.has(resolved)) continue;
			found.add(resolved);
			waiting.push(resolved);
		}
	}
	const shipped = [...found].map((path) => ({
		name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
		version: packages[path]!.version ?? '',
		license: packages[path]!.license,
	}));
	return shipped.sort((one, other) => one.name.localeCompare(other.name) || one.version.localeCompare(other.version));
}

/** A package whose code is in the page. */
export interface Bundled extends Shipped {
	/** The text that the license asks to keep. */
	text: string;
}

/** What the page's build has written down of the packages that are in it: LICENSES.md. */
export function bundledIn(markdown: string): Bundled[] {
	const [, ...sections] = markdown.split(/^## (?=\S+ - \d+\.\d+\.\d+)/m);
	return sections.map((section) => {
		const [, name, version, license, text] = /^(\S+) - (\S+)(?: \((.*)\))?\n([^]*)$/.exec(section)!;
		return { name: name!, version: version!, license, text: text!.trim() };
	});
}
