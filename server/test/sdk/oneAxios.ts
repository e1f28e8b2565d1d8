import { createRequire, registerHooks } from 'node:module';

/**
 * In an installation of the SDK alone, there is one axios, and the SDK recognizes the errors of its adapter by their
 * class. In this repository, the adapter would get another package's axios. Import this file before the SDK.
 */
const ofSdk = createRequire(createRequire(import.meta.url).resolve('humanloop'));

registerHooks({
	resolve(specifier, context, nextResolve) {
		const isAdapter = context.parentURL?.includes('/konfig-axios-fetch-adapter/') === true;
		if (!isAdapter || !specifier.startsWith('axios')) return nextResolve(specifier, context);
		return nextResolve(ofSdk.resolve(specifier), context);
	},
});
