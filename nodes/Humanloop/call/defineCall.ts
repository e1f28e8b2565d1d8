import type { IDataObject } from 'n8n-workflow';

import { defineOperation, type Operation } from '../execution/defineOperation';
import { PartialOutputError } from '../execution/errors';
import { idempotencyKey } from '../execution/idempotencyKey';
import type { ItemContext } from '../execution/itemContext';
import { isSimplified } from '../shared/records';
import { modelRunPaths } from '../transport/paths';
import { text } from '../values/readers';
import { callBody } from './body';
import { ChunkSender } from './chunkSender';
import { form } from './form';
import { withDigests, withImages } from './images';
import { inputsFor } from './inputs';
import { inputFieldsOf, sampleItems } from './items';
import { jsonFormatOf } from './json/format';
import { checkRepairable } from './json/repair';
import { readSamples } from './json/samples';
import type { Messages } from './messages';
import { fieldsFor, type Resource } from './resource';
import type { Sample } from './response';
import { reuseOf } from './reuse';
import { pathOf, runOf } from './run';
import { reportTokenUsage, sendCall, sendUntilWhole } from './send';
import { onCurrentVersion } from './template';

/** What differs between the operations that run a model. */
export interface CallDefinition {
	resource: Resource;
	action: string;
	description: string;
	/** By key of the API: the names of fields that `readChat` reads, for error messages. */
	fieldNames?: Record<string, string>;
	/**
	 * Reads what only a chat has.
	 *
	 * @returns its messages, and the other keys that it fills in the request
	 * @throws NodeOperationError that names the field and the item
	 */
	readChat?: (item: ItemContext) => Promise<Messages & { keys: IDataObject }>;
}

/** The operation Create of a resource that runs a model: one call per item, one item per sample. */
export function defineCall(definition: CallDefinition): Operation {
	const { resource, action, description, fieldNames, readChat } = definition;
	const operation = defineOperation({
		name: 'Create',
		value: 'create',
		action,
		description,
		request: { method: 'POST', url: modelRunPaths[resource].version },
		fields: fieldsFor(resource, form),
		optionsCollection: 'options',
		fieldNames: {
			project: 'Project',
			project_id: 'Project',
			session_id: 'Session',
			session_reference_id: 'Session',
			parent_id: 'Parent',
			parent_reference_id: 'Parent',
			...fieldNames,
		},
		execute: onCurrentVersion(async (item) => {
			const { context } = item;
			const body = callBody(item);
			const run = runOf(item, body);
			const inputs = await inputsFor(item, run);
			if (inputs) body.inputs = inputs;
			const { keys, messages, images = [] } = (await readChat?.(item)) ?? {};
			Object.assign(body, keys, messages && { messages });

			const simplified = isSimplified(item);
			const userKey = text(context, 'Idempotency Key', item.options.idempotencyKey ?? '').trim();
			const addInput = inputFieldsOf(context, item.options);
			const format = await jsonFormatOf(item, run, body);
			if (format?.repairs) checkRepairable(context, resource, body);
			const { isOn: showsReuse } = reuseOf(item);
			let key: string | undefined;
			await item.run.waitForChecks();
			const chunks = body.stream ? ChunkSender.for(context, body.num_samples ?? 1) : null;
			// Images are read for each attempt: while an item waits for the next one, it must not hold them.
			const wholeBody = async () => await withImages(body, images);
			let attempts = 0;
			try {
				const sent = await sendUntilWhole(
					item,
					async () => {
						attempts++;
						const whole = await wholeBody();
						key ??= idempotencyKey(item, pathOf(resource, run), withDigests(body, images), userKey);
						const result = await sendCall(item, pathOf(resource, run), whole, key, chunks?.startAttempt());
						reportTokenUsage(context, result);
						return result;
					},
					body.save !== false,
				);
				await chunks?.end(sent.response);
				const read = format && (await readSamples(item, { resource, wholeBody, key: key! }, sent, format, attempts));
				const isReused = ({ index }: Sample) => sent.isReused && !read?.paidRepairs.has(index);
				const shown = { simplify: simplified, fields: read?.fields, ...(showsReuse && { isReused }) };
				const { response } = read ?? sent;
				const output = sampleItems(response, context.getItemIndex(), shown).map(addInput);
				const causes = [...(read?.failures ?? []), ...(sent.missing ? [sent.missing] : [])];
				if (causes.length > 0) throw new PartialOutputError(output, causes);
				return output;
			} finally {
				await chunks?.abandon();
			}
		}),
	});
	// The node lists the form that both operations share.
	return { ...operation, fields: [] };
}
