import { mkdirSync } from 'node:fs';
import path from 'node:path';

/** The folder of the pictures that are kept of every run. */
export const screenshots = path.join('e2e', 'screenshots');
mkdirSync(screenshots, { recursive: true });

/** The folder of the README's pictures, which `--pictures` renews; without it, they are among the others. */
export const pictures = process.argv.includes('--pictures') ? 'docs' : screenshots;
