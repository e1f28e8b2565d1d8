import type { IDataObject, IExecuteSingleFunctions } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { fieldError } from '../values/fieldError';
import { isEmpty, jsonArray, text, trimmedText } from '../values/readers';
import { BinaryImage, checkImageSizes, type ImagePart } from './images';

/** The messages of an item, without the chat template's. */
export interface Messages {
	/** As the API has them. An image of a binary field is a part that withImages fills. */
	messages: IDataObject[];
	images: BinaryImage[];
}

/** What the editor stores for one message. */
interface MessageFields {
	role?: string;
	content?: unknown;
	images?: { values?: ImageFields[] };
}

interface ImageFields {
	source?: string;
	binaryField?: unknown;
	url?: unknown;
	detail?: string;
}

const contentAdvice = 'Give each message a "content": a text, or a list of texts and images.';

const roles = ['assistant', 'developer', 'system', 'tool', 'user'];

/**
 * Reads and checks the messages of an item. Images of binary fields are not read yet.
 *
 * @throws NodeOperationError that names the field and the number of the message, before anything is sent
 */
export async function readMessages(item: ItemContext): Promise<Messages> {
	const { context } = item;
	const isJson = item.parameter('specifyMessages', 'fields') === 'json';
	const read = isJson ? fromJson(context) : fromFields(context);
	await checkImageSizes(read.images);
	return read;
}

function fromFields(context: IExecuteSingleFunctions): Messages {
	const form = context.getNodeParameter('messages', {}) as { values?: MessageFields[] } | null;
	if (Array.isArray(form) || typeof form === 'string') {
		throw fieldError(context, 'Messages', 'is not a list of fields', "Set 'Specify Messages' to 'Using JSON'.");
	}
	const { values = [] } = form ?? {};
	const images: BinaryImage[] = [];
	const messages = values.map(({ role, content, images: added }, index): IDataObject => {
		const place = `message ${index + 1}`;
		checkRole(context, 'Messages', place, role);
		const words = isEmpty(content) ? '' : text(context, `Content (${place})`, content);
		const parts = (added?.values ?? []).flatMap((image) => imageParts(context, place, image, images));
		if (words === '' && parts.length === 0) {
			throw fieldError(
				context,
				'Messages',
				`has no content in ${place}`,
				'Enter a text, or remove the message. An expression that finds nothing counts as no text.',
			);
		}
		if (parts.length === 0) return { role, content: words };
		return { role, content: [...(words === '' ? [] : [{ type: 'text', text: words }]), ...parts] };
	});
	return { messages, images };
}

/** @param images gets those that are to be read */
function imageParts(
	context: IExecuteSingleFunctions,
	place: string,
	{ source, binaryField, url, detail: chosen }: ImageFields,
	images: BinaryImage[],
): ImagePart[] {
	const isUrl = source === 'url';
	const field = `${isUrl ? 'URL' : 'Input Binary Field'} (${place})`;
	const given = isUrl ? url : binaryField;
	const value = isEmpty(given) ? '' : trimmedText(context, field, given);
	// 'auto' is the API's default.
	const detail = chosen === 'auto' ? undefined : chosen;
	if (isUrl && value !== '') return [{ type: 'image_url', image_url: { url: value, ...(detail && { detail }) } }];

	const names = value.split(',').flatMap((name) => name.trim() || []);
	if (names.length === 0) throw fieldError(context, field, 'is empty', 'Fill it in, or remove the image.');
	const added = names.map((name) => new BinaryImage(context, field, name, detail));
	images.push(...added);
	return added.map(({ part }) => part);
}

function fromJson(context: IExecuteSingleFunctions): Messages {
	const field = 'Messages (JSON)';
	const messages = jsonArray(context, field, context.getNodeParameter('messagesJson', '')) ?? [];
	messages.forEach((message, index) => checkMessage(context, field, `message ${index + 1}`, message));
	return { messages: messages as IDataObject[], images: [] };
}

/** Checks what the API needs of every message. Keys that are not looked at are sent as they are. */
function checkMessage(context: IExecuteSingleFunctions, field: string, place: string, message: unknown): void {
	if (typeof message !== 'object' || message === null || Array.isArray(message)) {
		throw fieldError(
			context,
			field,
			`has no object in ${place}`,
			'Each message is an object, e.g. { "role": "user", "content": "Hello" }.',
		);
	}
	const { role, content, tool_calls: toolCalls, tool_call: deprecatedCall } = message as IDataObject;
	checkRole(context, field, place, role);
	const hasContent = content !== undefined && content !== null;
	// A message that calls tools needs no text.
	if (!hasContent && !toolCalls && !deprecatedCall) {
		throw fieldError(context, field, `has no content in ${place}`, contentAdvice);
	}
	if (hasContent && typeof content !== 'string' && !Array.isArray(content)) {
		throw fieldError(context, field, `has content that is neither a text nor a list in ${place}`, contentAdvice);
	}
}

function checkRole(context: IExecuteSingleFunctions, field: string, place: string, role: unknown): void {
	if (isEmpty(role)) {
		throw fieldError(context, field, `has no role in ${place}`, `Choose one of: ${roles.join(', ')}.`);
	}
	if (typeof role !== 'string' || !roles.includes(role)) {
		throw fieldError(
			context,
			field,
			`has an unknown role in ${place}: ${JSON.stringify(role)}`,
			`Choose one of: ${roles.join(', ')}.`,
		);
	}
}
