import { PackageDirectoryLoader, RoutingNode } from 'n8n-core';
import type { ICredentialType, IExecuteFunctions, INodeType } from 'n8n-workflow';

export interface LoadedPackage {
	node: INodeType;
	credential: ICredentialType;
}

/**
 * Loads the built package from its folder the way n8n does at its start.
 *
 * A declarative node gets its `execute` as n8n gives it one: the routing engine. (The engine's own
 * path for declarative nodes passes no cancel signal; n8n itself does not take it.)
 *
 * @param directory the folder of the package's package.json; `dist` must be built
 */
export async function loadPackage(directory = process.cwd()): Promise<LoadedPackage> {
	const loader = new PackageDirectoryLoader(directory);
	await loader.loadAll();
	const node = loader.getNode('humanloop').type as INodeType;
	node.execute = async function (this: IExecuteFunctions) {
		return (await new RoutingNode(this as never, node).runNode()) ?? null;
	};
	return { node, credential: loader.getCredential('humanloopApi').type };
}
