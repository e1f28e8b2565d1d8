import { setTimeout as wait } from 'node:timers/promises';
import { diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import {
	defaultResource,
	envDetector,
	hostDetector,
	resourceFromAttributes,
	serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { Tracing } from './spans.ts';

/** How long the last export may take when the server closes, in milliseconds. */
const stopMs = 5_000;

/** How often a failing export is reported, in milliseconds. A collector that is gone would fill the log. */
const reportEveryMs = 60 * 60 * 1000;

export type TracingReports = {
	/** Tells the operator what is wrong with a setting. Called during the start only. */
	warnOfSetting: (message: string) => void;
	/** Tells the operator what is wrong later. */
	warn: (message: string) => void;
	/** Called for each export that failed. */
	exportFailed: () => void;
};

/** What an error is, without its message and the headers or addresses that may be in it. */
function kindOf(error: unknown): string {
	const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
	return /^[A-Z_]+$/.test(code) ? code : /^\d{3}$/.test(code) ? `HTTP status ${code}` : 'it does not respond';
}

/** The handler of the SDK's errors. The spans of an export that failed are dropped. */
function reportErrors({ warn, exportFailed }: TracingReports) {
	let silentUntil = 0;
	return (error: unknown): void => {
		exportFailed();
		if (performance.now() < silentUntil) return;
		silentUntil = performance.now() + reportEveryMs;
		warn(
			`Spans cannot be exported to OTEL_EXPORTER_OTLP_ENDPOINT (${kindOf(error)}), and are dropped. Calls go on. ` +
				'This is reported once an hour at most.',
		);
	};
}

/** Shows what the SDK says about its settings. Its other warnings may quote headers, which have keys in them. */
function showProblemsOfSettings(warn: TracingReports['warnOfSetting']): void {
	const show = (message: string) => {
		if (/\bOTEL_[A-Z_]+/.test(message)) warn(`OpenTelemetry: ${message}`);
	};
	const ignore = () => undefined;
	const logger = { error: show, warn: show, info: ignore, debug: ignore, verbose: ignore };
	diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

/**
 * Starts OpenTelemetry's SDK for the whole process, with the settings in its environment variables. Exports run in the
 * background, from a queue with a limit. Call it once.
 */
export function startTracing(reports: TracingReports): Tracing {
	showProblemsOfSettings(reports.warnOfSetting);
	setGlobalErrorHandler(reportErrors(reports));
	const sdk = new NodeSDK({
		resource: defaultResource().merge(resourceFromAttributes({ 'service.name': 'humanloop-server' })),
		// Not the process's: it tells the command line, which can have a key in it.
		resourceDetectors: [serviceInstanceIdDetector, hostDetector, envDetector],
		metricReaders: [],
		logRecordProcessors: [],
	});
	sdk.start();
	const stop = () => Promise.race([sdk.shutdown().catch(() => undefined), wait(stopMs, undefined, { ref: false })]);
	return new Tracing(trace.getTracer('humanloop-server'), stop);
}
