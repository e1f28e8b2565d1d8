import buildSerializers from '@fastify/fast-json-stringify-compiler';
import type { FastifyInstance } from 'fastify';
import { writeOnce } from '../domain/largeJson.ts';
import { compileOnce } from './compileOnce.ts';

const build = buildSerializers()();
const serializerOf = compileOnce((schema) => build({ schema } as never) as (value: unknown) => string);

/** Makes the app write responses by their schemas, as Fastify does without this, but each schema is compiled once. */
export function addSerialization(app: FastifyInstance): void {
	app.setSerializerCompiler(({ schema }) => {
		const serialize = serializerOf(schema);
		return (value: unknown) => writeOnce(value, serialize);
	});
}
