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
