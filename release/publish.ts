import { execFileSync } from 'node:child_process';

import { integrityOf } from './checksums.ts';
import { npmTagOf, readPackages, tarballOf } from './packages.ts';
import { latestAtNpm, viewed } from './registry.ts';

/*
 * `npm run release:publish`: publishes what `release:pack` made. It can run again after it failed halfway: what npm has
 * already stays as it is, if it is the same file.
 */

for (const each of readPackages()) {
	const { name, version } = each;
	const file = tarballOf(each);
	const own = integrityOf(file);
	const other = viewed(`${name}@${version}`, 'dist.integrity');
	if (other === own) {
		console.log(`npm has ${name}@${version} already.`);
		continue;
	}
	if (other !== undefined) throw new Error(`npm has another ${name}@${version}: ${other}, and not ${own}.`);
	const tag = npmTagOf(version, latestAtNpm(name));
	// The "./" tells npm that this is a file. Without it, a path with one slash is a repository on GitHub.
	const args = ['publish', `./${file}`, '--access', 'public', '--tag', tag, ...process.argv.slice(2)];
	// npm may ask for a second factor, if a person runs this.
	execFileSync('npm', args, { stdio: 'inherit' });
}
