import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';

import { filesFolder, readPackages, tarballOf } from './packages.ts';

/* `npm run release:pack`: builds both packages, and packs them into release-files/. */

const npm = (...args: string[]) => execFileSync('npm', args, { stdio: ['ignore', 'inherit', 'inherit'] });

rmSync(filesFolder, { recursive: true, force: true });
mkdirSync(filesFolder);
npm('run', '--silent', 'build');
for (const each of readPackages()) {
	// The server's "prepack" builds it and its page.
	const workspace = each.folder === '.' ? [] : ['--workspace', each.name];
	npm('pack', '--silent', '--pack-destination', filesFolder, ...workspace);
	const tarball = tarballOf(each);
	if (!existsSync(tarball)) throw new Error(`npm pack has made no ${tarball}.`);
	console.log(`${tarball} has ${(statSync(tarball).size / 1e6).toFixed(2)} MB.`);
}
