import { readFileSync } from 'node:fs';

/** A package that is published. */
export interface Package {
	/** Relative to the root of the repository. */
	folder: '.' | 'server';
	name: string;
	version: string;
	author: { email: string };
	repository?: { type: string; url: string; directory?: string };
}

/** Both are released together, with the same version. */
export const folders = ['.', 'server'] as const;

export const readText = (file: string) => readFileSync(file, 'utf8');

export function readPackages(): Package[] {
	return folders.map((folder) => ({ ...(JSON.parse(readText(`${folder}/package.json`)) as Package), folder }));
}

/** Where `release:pack` puts the tarballs, and where the others expect them. */
export const filesFolder = 'release-files';

/** The file name that `npm pack` gives a package without a scope. */
export const tarballOf = ({ name, version }: Package) => `${filesFolder}/${name}-${version}.tgz`;

/** A version such as 1.2.3 or 1.2.3-beta.1. */
export const versionPattern = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9a-z]+(\.[0-9a-z]+)*)?$/;

/** Whether people should get a version only if they ask for it. */
export const isPrerelease = (version: string) => version.includes('-');

/**
 * Whether people get this version if they ask for none. A patch of an older line must not take the place of a newer version.
 *
 * @param latest what they get now; undefined before the first version
 */
export function becomesLatest(version: string, latest: string | undefined): boolean {
	if (isPrerelease(version)) return false;
	if (latest === undefined) return true;
	const numbers = (text: string) => text.split(/[.-]/, 3).map(Number);
	const [own, other] = [numbers(version), numbers(latest)];
	const index = own.findIndex((number, at) => number !== other[at]);
	return index === -1 || own[index]! > other[index]!;
}

/** The tag at npm under which people get a version. npm refuses tags that look like a version, such as v1.2. */
export function npmTagOf(version: string, latest: string | undefined): string {
	if (isPrerelease(version)) return 'next';
	return becomesLatest(version, latest) ? 'latest' : `release-${version.split('.', 2).join('.')}`;
}
