import { workflowChecks } from './checks.ts';

/* `node --import tsx verify/workflows/main.ts [folder]`: checks what is in .github/ of the repository in that folder. */
async function main(): Promise<void> {
	const checks = await workflowChecks(process.argv[2] ?? process.cwd());
	for (const { name, problems } of checks)
		console.log([`${problems.length === 0 ? '✓' : '✗'} ${name}`, ...problems.map((each) => `  ${each}`)].join('\n'));
	const failed = checks.filter(({ problems }) => problems.length > 0).length;
	console.log(`verify:workflows: ${checks.length - failed} passed, ${failed} failed`);
	process.exitCode = failed === 0 ? 0 : 1;
}

void main();
