import type { IDataObject } from 'n8n-workflow';

import type { RecordedRequest } from '../hosts/recordingProxy.ts';
import { openScene, type Scene } from './scene.ts';

/**
 * One scene for all tests of a file; each test begins with a wire that passes everything and has recorded nothing.
 *
 * @returns the scene, filled in before the first test
 */
export function useScene(): Scene {
	const scene = {} as Scene;
	beforeAll(async () => {
		Object.assign(scene, await openScene());
	});
	afterAll(() => scene.close());
	beforeEach(() => {
		scene.proxy.fault = undefined;
		scene.proxy.readFault = undefined;
		scene.proxy.requests.splice(0);
	});
	return scene;
}

/** The items of a matrix: what happens to the first one, to the last one, and to one in between. */
export const threeItems = ['first', 'middle', 'last'].map((name) => ({ name, topic: 'x' }));

/** Which item a completion call is about: its input `name`. */
export const nameOf = (request: RecordedRequest) => (request.body!.inputs as IDataObject).name as string;
