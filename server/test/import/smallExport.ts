import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A prompt of a small export. The ID of a version, and the environment where it is deployed, are keys. */
export type SmallPrompt = {
	id: string;
	path: string;
	createdAt?: string;
	/** What a version has beside its ID. */
	versions: Record<string, Record<string, unknown>>;
	deployed?: Record<string, string>;
};

/** Writes an export of these prompts in the form of Humanloop's export tool. */
export function writeSmallExport(root: string, prompts: readonly SmallPrompt[]): void {
	for (const { id, path, createdAt = '2024-01-01T00:00:00Z', versions, deployed = {} } of prompts) {
		const folder = join(root, 'files', id);
		mkdirSync(join(folder, 'versions'), { recursive: true });
		const name = path.split('/').at(-1);
		const file = { id, type: 'prompt', name, path, created_at: createdAt };
		writeFileSync(join(folder, 'file.json'), JSON.stringify(file));
		const call = { ...file, model: 'mock-1', provider: 'mock', endpoint: 'complete' };
		for (const [versionId, more] of Object.entries(versions))
			writeFileSync(join(folder, 'versions', versionId), JSON.stringify({ ...call, version_id: versionId, ...more }));
		const deployments = Object.entries(deployed).map(([environment, versionId]) => ({
			version_id: versionId,
			environment_id: `env_${environment}`,
			environment_name: environment,
			environment_tag: environment === 'production' ? 'default' : 'other',
		}));
		writeFileSync(join(folder, 'deployments.json'), JSON.stringify(deployments));
	}
}
