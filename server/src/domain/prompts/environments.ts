import { found, unprocessable } from '../apiError.ts';
import { recordAudit } from '../audit.ts';
import type { Actor, Environment } from '../entities.ts';
import { newId } from '../ids.ts';
import type { Reads, Store } from '../store.ts';

/** Who makes a change, and when, in milliseconds. */
export type By = { actor: Actor; at: number };

/** The environment with that name, or the default one. Throws 404 if there is none. */
export async function environmentNamed(reads: Reads, name: string | undefined): Promise<Environment> {
	return found('environment', name ?? '', await reads.environmentByName(name));
}

/** Throws 422 for white space alone, and if another environment has the name or nearly the same. */
export async function createEnvironment(store: Store, name: string, { actor, at }: By): Promise<Environment> {
	if (name.trim() === '') throw unprocessable('name: there is only white space in it. Give the environment a name.');
	const id = newId('env');
	return store.write(async (writes) => {
		const known = await writes.addEnvironment({ id, name, tag: 'other' });
		if (known !== undefined) {
			throw unprocessable(`There is an environment ${JSON.stringify(known.name)} already. Choose another name.`);
		}
		// As it is stored: without NUL characters.
		const environment = found('environment', id, await writes.keepEnvironment(id));
		const done = { action: 'environment.created', subject: id, details: { name: environment.name } };
		await recordAudit(writes, actor, done, new Date(at).toISOString());
		return environment;
	});
}

/** Throws 422 for the default environment, and if something is deployed there. */
export async function deleteEnvironment(store: Store, id: string, { actor, at }: By): Promise<void> {
	await store.write(async (writes) => {
		const { name, tag } = found('environment', id, await writes.keepEnvironment(id));
		if (tag === 'default') {
			throw unprocessable(
				`${JSON.stringify(name)} is the default environment, which is always there: calls that name none use it.`,
			);
		}
		const projects = await writes.deleteEnvironment(id);
		if (projects > 0) {
			throw unprocessable(
				`${projects} ${projects === 1 ? 'project has' : 'projects have'} a config deployed in ${JSON.stringify(name)}. ` +
					'Remove it with DELETE /v4/projects/{project_id}/deployed-config/{environment_id} first.',
			);
		}
		const done = { action: 'environment.deleted', subject: id, details: { name } };
		await recordAudit(writes, actor, done, new Date(at).toISOString());
	});
}
