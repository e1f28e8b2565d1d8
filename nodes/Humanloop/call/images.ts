import { createHash } from 'node:crypto';
import type { IBinaryData, IDataObject, IExecuteSingleFunctions, NodeOperationError } from 'n8n-workflow';

import { fieldError } from '../values/fieldError';
import type { CallBody } from './body';

/** How many bytes of binary data the images of one item have at most. The model providers accept about as much. */
const maxImageBytes = 20_000_000;

/** A content part of a message, with an image. */
export interface ImagePart extends IDataObject {
	type: 'image_url';
	image_url: { url: string; detail?: string };
}

/** An image in a binary field of an item, which is read when the call is sent. */
export class BinaryImage {
	/** Stands for the image in the messages until it is read. */
	readonly part: ImagePart;

	/** SHA-256 of the image, once it was read. */
	digest?: string;

	readonly #binary: IBinaryData;

	/**
	 * @param field the form's field that names the image, as the user sees it
	 * @param name of the binary field
	 * @param detail how closely the model looks at it
	 * @throws NodeOperationError if the item has no such field, or it is no image
	 */
	constructor(
		private readonly context: IExecuteSingleFunctions,
		private readonly field: string,
		private readonly name: string,
		detail: string | undefined,
	) {
		this.#binary = binaryIn(context, field, name);
		const { mimeType } = this.#binary;
		if (!mimeType?.startsWith('image/')) {
			throw fieldError(
				context,
				field,
				`is not an image: ${this.label} has the type ${mimeType || 'unknown'}`,
				'Name a field with an image, such as a PNG or JPEG file.',
			);
		}
		this.part = { type: 'image_url', image_url: { url: `binary:${name}`, ...(detail && { detail }) } };
	}

	/** The name of the file, or of the field if the file has none. */
	get label(): string {
		return `'${this.#binary.fileName || this.name}'`;
	}

	/**
	 * How many bytes the image has, by what n8n knows of it.
	 *
	 * @throws NodeOperationError if n8n does not have it any more
	 */
	async size(): Promise<number> {
		const { bytes, id, data } = this.#binary;
		// Without an ID, n8n keeps the data in the item, in base64.
		if (!id) return Buffer.byteLength(data, 'base64');
		if (typeof bytes === 'number') return bytes;
		try {
			return (await this.context.helpers.getBinaryMetadata(id)).fileSize;
		} catch (error) {
			throw this.#unreadable(error);
		}
	}

	/** @throws NodeOperationError if n8n does not have it any more */
	async read(): Promise<Buffer> {
		try {
			const content = await this.context.helpers.getBinaryDataBuffer(this.name);
			this.digest ??= createHash('sha256').update(content).digest('hex');
			return content;
		} catch (error) {
			throw this.#unreadable(error);
		}
	}

	#unreadable(error: unknown): NodeOperationError {
		return fieldError(
			this.context,
			this.field,
			`cannot be read: ${this.label}`,
			`${(error as Error).message}. Run the node that provides the file again.`,
		);
	}

	/** @throws NodeOperationError if the images are too large */
	checkSize(size: number, sizeOfOthers: number): void {
		if (sizeOfOthers + size <= maxImageBytes) return;
		const others = sizeOfOthers > 0 ? `, and the images before it have ${inMegabytes(sizeOfOthers)}` : '';
		throw fieldError(
			this.context,
			this.field,
			`is too large: ${this.label} has ${inMegabytes(size)}${others}`,
			`The images of one item can have up to ${inMegabytes(maxImageBytes)} in all. Make them smaller, or send their URLs.`,
		);
	}

	/** The image's address in a request: the image itself. */
	toUrl(content: Buffer): string {
		return `data:${this.#binary.mimeType};base64,${content.toString('base64')}`;
	}
}

function binaryIn(context: IExecuteSingleFunctions, field: string, name: string): IBinaryData {
	const binary = found(() => context.helpers.assertBinaryData(name));
	if (typeof binary === 'object') return binary;
	const names = Object.keys(context.getInputData().binary ?? {});
	throw fieldError(
		context,
		field,
		`is not a binary field of the incoming item: '${name}'`,
		names.length > 0
			? `The item has: ${names.join(', ')}.`
			: 'The item has no binary data. Add a node that provides the file, such as HTTP Request or Read/Write Files.',
	);
}

/** n8n's error names neither the field of the form nor what the item has. */
function found(look: () => IBinaryData): IBinaryData | undefined {
	try {
		return look();
	} catch {
		return undefined;
	}
}

/**
 * Checks how large the images of an item are, before they are read.
 *
 * @throws NodeOperationError that names the file and both sizes
 */
export async function checkImageSizes(images: BinaryImage[]): Promise<void> {
	let total = 0;
	for (const image of images) {
		const size = await image.size();
		image.checkSize(size, total);
		total += size;
	}
}

/**
 * Puts images into the messages of a request. They are large, so keep the result no longer than the request takes.
 *
 * @param body with the images' parts in its messages
 * @returns a copy, or the body itself if there are no images
 * @throws NodeOperationError if an image cannot be read, or they are larger than n8n said
 */
export async function withImages(body: CallBody, images: BinaryImage[]): Promise<CallBody> {
	if (images.length === 0) return body;
	const parts = new Map<unknown, ImagePart>();
	let total = 0;
	for (const image of images) {
		const content = await image.read();
		image.checkSize(content.length, total);
		total += content.length;
		const { image_url, ...part } = image.part;
		parts.set(image.part, { ...part, image_url: { ...image_url, url: image.toUrl(content) } });
	}
	const messages = (body.messages as IDataObject[]).map(({ content, ...message }) => ({
		...message,
		content: Array.isArray(content) ? content.map((part) => (parts.get(part) ?? part) as IDataObject) : content,
	}));
	return { ...body, messages };
}

/** What tells a request from others: a body without its images, and what they are. They were read before. */
export function withDigests(body: CallBody, images: BinaryImage[]): CallBody {
	return images.length === 0 ? body : { ...body, images: images.map(({ digest }) => digest!) };
}

function inMegabytes(bytes: number): string {
	return `${(bytes / 1_000_000).toFixed(1).replace(/\.0$/, '')} MB`;
}
