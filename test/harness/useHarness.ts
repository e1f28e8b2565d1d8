import type { IDataObject } from 'n8n-workflow';

import type { RecordedRequest } from '../hosts/recordingProxy.ts';
import { startHarness, type Harness } from './harness.ts';

/**
 * Starts one harness for all tests of a file. Before each test, the proxy passes everything and has recorded nothing.
 *
 * @returns the harness, filled in before the first test
 */
export function useHarness(): Harness {
	const harness = {} as Harness;
	beforeAll(async () => {
		Object.assign(harness, await startHarness());
	});
	afterAll(() => harness.close());
	beforeEach(() => {
		harness.proxy.fault = undefined;
		harness.proxy.readFault = undefined;
		harness.proxy.requests.splice(0);
	});
	return harness;
}

/** The items of a matrix: what happens to the first one, to the last one, and to one in between. */
export const threeItems = ['first', 'middle', 'last'].map((name) => ({ name, topic: 'x' }));

/** Which item a completion call is about: its input `name`. */
export const nameOf = (request: RecordedRequest) => (request.body!.inputs as IDataObject).name as string;
