import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import definitions from 'otlp-definitions/build/src/generated/root.js';

type Value = {
	stringValue?: string;
	intValue?: string;
	doubleValue?: number;
	boolValue?: boolean;
	arrayValue?: Values;
};
type Values = { values: Value[] };
type KeyValue = { key: string; value: Value };
type Attributes = Record<string, unknown>;

type WireSpan = {
	traceId: string;
	spanId: string;
	parentSpanId?: string;
	name: string;
	kind: string;
	startTimeUnixNano: string;
	endTimeUnixNano: string;
	attributes?: KeyValue[];
	events?: { name: string; attributes?: KeyValue[] }[];
	status?: { code?: string; message?: string };
};
type WireRequest = {
	resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: WireSpan[] }[] }[];
};

/** What OpenTelemetry's generator made of its .proto files: the types that this test needs. */
type Definitions = {
	opentelemetry: {
		proto: { collector: { trace: { v1: { ExportTraceServiceRequest: Message } } } };
	};
};
type Message = { decode(bytes: Uint8Array): unknown; toObject(message: unknown, options: object): WireRequest };

const message = (definitions as unknown as Definitions).opentelemetry.proto.collector.trace.v1
	.ExportTraceServiceRequest;

export type ReceivedSpan = {
	traceId: string;
	spanId: string;
	parentSpanId: string | undefined;
	name: string;
	kind: string;
	seconds: number;
	attributes: Attributes;
	events: { name: string; attributes: Attributes }[];
	status: string | undefined;
	statusMessage: string | undefined;
	resource: Attributes;
};

function valueOf(value: Value): unknown {
	if (value.arrayValue !== undefined) return value.arrayValue.values.map(valueOf);
	if (value.intValue !== undefined) return Number(value.intValue);
	return value.stringValue ?? value.doubleValue ?? value.boolValue;
}

function attributesOf(attributes: KeyValue[] = []): Attributes {
	return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
}

function hex(base64: string | undefined): string | undefined {
	return base64 === undefined || base64 === '' ? undefined : Buffer.from(base64, 'base64').toString('hex');
}

function spansIn(bytes: Uint8Array): ReceivedSpan[] {
	const decoded = message.toObject(message.decode(bytes), { bytes: String, longs: String, enums: String });
	return decoded.resourceSpans.flatMap(({ resource, scopeSpans }) =>
		scopeSpans.flatMap(({ spans }) =>
			spans.map((span) => ({
				traceId: hex(span.traceId)!,
				spanId: hex(span.spanId)!,
				parentSpanId: hex(span.parentSpanId),
				name: span.name,
				kind: span.kind,
				seconds: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e9,
				attributes: attributesOf(span.attributes),
				events: (span.events ?? []).map(({ name, attributes }) => ({ name, attributes: attributesOf(attributes) })),
				status: span.status?.code,
				statusMessage: span.status?.message,
				resource: attributesOf(resource.attributes),
			})),
		),
	);
}

/** Receives what an OTLP collector receives, and decodes it with OpenTelemetry's own definitions. */
export async function startCollector(t: TestContext, respond: { status: number } = { status: 200 }) {
	const bodies: Buffer[] = [];
	const headers: IncomingHttpHeaders[] = [];
	const paths: (string | undefined)[] = [];
	const server = createServer((incoming, response) => {
		const chunks: Buffer[] = [];
		incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
		incoming.on('end', () => {
			const body = Buffer.concat(chunks);
			bodies.push(incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
			headers.push(incoming.headers);
			paths.push(incoming.url);
			response.statusCode = respond.status;
			response.end();
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		headers,
		paths,
		bytes: () => Buffer.concat(bodies),
		spans: () => bodies.flatMap(spansIn),
	};
}
