import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { reject, type ResponseLimit } from './responseLimit.ts';

/** The server does not ask for any of these, but a gateway may compress all that it passes on. */
const decoders = {
	gzip: createGunzip,
	'x-gzip': createGunzip,
	deflate: createInflate,
	br: createBrotliDecompress,
	zstd: createZstdDecompress,
};

/** The body without its compression. Throws RejectedResponse for one that this server does not know. */
export function decoded(body: Readable, encoding: string | null, limit: ResponseLimit): Readable {
	const name = encoding?.trim().toLowerCase() ?? '';
	if (name === '' || name === 'identity') return body;
	const create = Object.entries(decoders).find(([known]) => known === name)?.[1];
	if (create === undefined) {
		body.on('error', () => undefined).destroy();
		throw reject(limit, `it has the content encoding ${JSON.stringify(encoding)}, which this server does not read.`);
	}
	// The reader of the result gets the error.
	return pipeline(body, create(), () => undefined);
}
