import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** An empty file system of 8 MiB, and how to fill it and to make room again. Undefined where that is not allowed. */
export function mountDisk(t: TestContext) {
	const dir = mkdtempSync(join(tmpdir(), 'humanloop-disk-'));
	try {
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', dir], { stdio: 'pipe' });
	} catch {
		rmSync(dir, { recursive: true });
		return undefined;
	}
	t.after(() => {
		execFileSync('umount', ['--lazy', dir]);
		rmSync(dir, { recursive: true });
	});
	const fillers: string[] = [];
	return {
		dir,
		fill() {
			for (const size of [1024 * 1024, 64 * 1024, 4096]) {
				for (;;) {
					const file = join(dir, `filler${fillers.length}`);
					fillers.push(file);
					try {
						writeFileSync(file, Buffer.alloc(size, 1));
					} catch {
						break;
					}
				}
			}
		},
		empty() {
			for (const file of fillers) rmSync(file, { force: true });
		},
	};
}
