import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { bundledIn, installedWith, type Bundled, type LockPackages, type Shipped } from './shipped.ts';
import { isCompatible } from './spdx.ts';

/*
 * `npm run licenses`: lists the licenses of everything that ships, and fails if one is not compatible with MIT. The node
 * ships without dependencies. The server ships with what npm installs along with it, and with what is built into its page.
 */
const page = 'server/dist-page/LICENSES.md';

function print(title: string, shipped: Shipped[]): void {
	console.log(`${title}: ${shipped.length} packages`);
	const byLicense = new Map<string, Shipped[]>();
	for (const one of shipped) {
		const license = one.license ?? 'no license';
		byLicense.set(license, [...(byLicense.get(license) ?? []), one]);
	}
	for (const [license, packages] of [...byLicense].sort(([, one], [, other]) => other.length - one.length)) {
		console.log(`  ${license} (${packages.length})`);
		for (const { name, version } of packages) console.log(`    ${name} ${version}`);
	}
}

/** Whether a package of the page has a text of its license that LICENSES.md lacks. */
function lacksText({ name, text }: Bundled): boolean {
	if (text !== '') return false;
	const folders = createRequire(path.resolve('server/package.json')).resolve.paths(name) ?? [];
	const folder = folders.map((each) => path.join(each, name)).find((each) => existsSync(each));
	if (folder === undefined) throw new Error(`${name} is not installed. Run "npm install".`);
	return readdirSync(folder).some((file) => /^(licen[sc]e|copying)/i.test(file));
}

function main(): void {
	const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: LockPackages };
	const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies?: object };
	if (dependencies) throw new Error('The node ships with dependencies now: list them here.');
	if (!existsSync(page)) throw new Error(`${page} is not there. Run "npm run build:page".`);
	const installed = installedWith(packages, 'server');
	const bundled = bundledIn(readFileSync(page, 'utf8'));
	if (installed.length === 0 || bundled.length === 0) throw new Error('Nothing was found, so nothing was checked.');
	print('Installed with humanloop-server', installed);
	print('In the page of humanloop-server', bundled);

	const problems = [
		...[...installed, ...bundled]
			.filter(({ license }) => !isCompatible(license))
			.map(({ name, version, license }) => `${name} ${version}: ${license ?? 'it names no license'}`),
		...bundled.filter(lacksText).map(({ name, version }) => `${name} ${version}: ${page} lacks its text`),
	];
	const bare = bundled.filter((one) => one.text === '' && !lacksText(one));
	for (const { name, license } of bare) console.log(`${name} says ${license} and comes without a text to keep.`);
	for (const problem of problems) console.error(`✗ ${problem}`);
	console.log(problems.length === 0 ? 'All are compatible with MIT.' : `${problems.length} are not.`);
	process.exitCode = problems.length === 0 ? 0 : 1;
}

main();
