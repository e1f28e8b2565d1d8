import { existsSync, readFileSync } from 'node:fs';

import { bundledIn, installedWith, type LockPackages, type Shipped } from './shipped.ts';
import { isCompatible } from './spdx.ts';

/*
 * `npm run licences`: lists the licenses of everything that ships, and fails if one is not compatible with MIT. The node
 * ships without dependencies. The server ships with what npm installs along with it, and with what is built into its page.
 */
const page = 'server/dist-page/LICENSES.md';

function print(title: string, shipped: Shipped[]): void {
	console.log(`${title}: ${shipped.length} packages`);
	const byLicense = Map.groupBy(shipped, ({ license }) => license ?? 'no license');
	for (const [license, packages] of [...byLicense].sort(([, one], [, other]) => other.length - one.length)) {
		console.log(`  ${license} (${packages.length})`);
		for (const { name, version } of packages) console.log(`    ${name} ${version}`);
	}
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
		...bundled
			.filter(({ text }) => text === '')
			.map(({ name, version }) => `${name} ${version}: ${page} lacks its text`),
	];
	for (const problem of problems) console.error(`✗ ${problem}`);
	console.log(problems.length === 0 ? 'All are compatible with MIT.' : `${problems.length} are not.`);
	process.exitCode = problems.length === 0 ? 0 : 1;
}

main();
