import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

import { patience } from './check.ts';

/** Debian's; another one is named in CHROMIUM. */
const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';

/** Starts a Chromium without a window that asks no other machine. */
export async function openBrowser(): Promise<Browser> {
	if (!existsSync(executablePath)) {
		throw new Error(
			`There is no Chromium at ${executablePath}: install it (Debian: apt-get install chromium), or name another one in CHROMIUM.`,
		);
	}
	return await chromium.launch({
		executablePath,
		timeout: patience,
		// Without a sandbox, because a container's root has none; the pages are our own.
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
}
