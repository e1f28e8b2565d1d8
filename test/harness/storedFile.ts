import { createRequire } from 'node:module';
import { BinaryDataService } from 'n8n-core';
import type { IBinaryData } from 'n8n-workflow';

/** n8n's container of services, which n8n-core has as a dependency of its own. */
interface Services {
	get<T>(type: abstract new (...args: never[]) => T): T;
}

/** A file's type, and its name if it has one. */
export type FileInfo = Pick<IBinaryData, 'mimeType' | 'fileName'>;

/**
 * Stores a file as n8n does by default: in a folder, with its ID in the item.
 */
export async function storeFile(content: Buffer, about: FileInfo): Promise<IBinaryData> {
	const { Container } = createRequire(require.resolve('n8n-core'))('@n8n/di') as { Container: Services };
	const service = Container.get(BinaryDataService);
	await service.init();
	// In n8n 1.x, files are kept in the items unless its settings say otherwise.
	Object.assign(service, { mode: 'filesystem-v2' });
	const location = { type: 'execution', workflowId: 'workflow-1', executionId: '1' } as const;
	return await service.store(location, content, { data: '', ...about });
}
