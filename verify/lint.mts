import path from 'node:path';
import { ESLint } from 'eslint';
import * as configs from './n8nRules.mjs';

export interface Finding {
	/** Such as `nodes/Humanloop/Humanloop.node.ts:3`. */
	place: string;
	/** Such as `@n8n/community-nodes/no-restricted-imports`. */
	rule: string;
	message: string;
	isError: boolean;
}

/** The files that n8n's scan reads in the repository's folder and in the unpacked package. */
export const scanned = {
	source: ['package.json', '{nodes,credentials}/**/*.{js,ts,json}'],
	package: ['**/*.js', 'package.json'],
};

/**
 * Lints files with a set of n8n's rules, as its scan does: comments that switch a rule off have no effect.
 *
 * @throws Error if no file matches a pattern
 */
export async function lint(
	folder: string,
	patterns: string[],
	config: 'strictConfig' | 'scanConfig' | 'everywhereConfig',
): Promise<Finding[]> {
	const eslint = new ESLint({
		cwd: path.resolve(folder),
		allowInlineConfig: false,
		overrideConfigFile: true,
		overrideConfig: configs[config],
		warnIgnored: false,
	});
	const results = await eslint.lintFiles(patterns);
	return results.flatMap(({ filePath, messages }) =>
		messages.map(({ line, ruleId, message, severity }) => ({
			place: `${path.relative(path.resolve(folder), filePath)}:${line}`,
			rule: ruleId ?? 'parser',
			message,
			isError: severity === 2,
		})),
	);
}
