import buildSerializers from '@fastify/fast-json-stringify-compiler';
import type { FastifyInstance } from 'fastify';
import { compileOnce } from './compileOnce.ts';

const build = buildSerializers()();
const serializerOf = compileOnce((schema) => build({ schema } as never) as (value: unknown) => string);

/** Makes the app write responses by their schemas, as Fastify does without this, but each schema is compiled once. */
export function addSerialization(app: FastifyInstance): void {
	app.setSerializerCompiler(({ schema }) => serializerOf(schema as object));
}
