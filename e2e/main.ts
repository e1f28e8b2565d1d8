import { total } from './check.ts';
import { checkDemo } from './demo.ts';
import { checkDeployments, deploymentWorkflows } from './deployments.ts';
import { checkEditor, editorWorkflows } from './editor.ts';
import { reuseWorkflows } from './editorReuse.ts';
import { checkExamples, examples } from './examples.ts';
import { checkExampleVersions } from './exampleVersions.ts';
import { checkFaults, faultWorkflows } from './faults.ts';
import { checkOutbound, checkPackage, outboundSettings } from './package.ts';
import { startEnvironment } from './environment.ts';
import { checkStart } from './start.ts';
import { checkStreaming, streamingWorkflows } from './streaming.ts';

/* `npm run e2e`: the packed node in the real n8n. Prints every check, and how many passed and failed. */
async function main(): Promise<void> {
	const startedAt = Date.now();
	const environment = await startEnvironment(
		async (api) => [
			...(await examples(api)),
			...(await deploymentWorkflows(api)),
			...(await faultWorkflows(api)),
			...(await streamingWorkflows(api)),
			...(await reuseWorkflows(api)),
			...editorWorkflows(),
		],
		outboundSettings,
	);
	console.log(
		`n8n ${environment.main.url}, humanloop-server ${environment.server.baseUrl}, ${((Date.now() - startedAt) / 1000).toFixed(0)} s to start`,
	);
	try {
		await checkPackage(environment);
		await checkExamples(environment);
		await checkExampleVersions(environment);
		await checkDeployments(environment);
		await checkFaults(environment);
		await checkStreaming(environment);
		await checkStart(environment);
		await checkDemo(environment.folder);
		await checkEditor(environment);
		await checkOutbound(environment.folder);
	} finally {
		await environment.close();
	}
	process.exitCode = total('e2e') ? 0 : 1;
}

main().catch((error: Error) => {
	console.error(error);
	process.exitCode = 1;
});
