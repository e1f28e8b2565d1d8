import {
	ICredentialsHelper,
	type ICredentialDataDecryptedObject,
	type ICredentialType,
	type IHttpRequestOptions,
} from 'n8n-workflow';

/** Hands the engine one credential's data, and authenticates with the package's own credential class. */
export class OneCredential extends ICredentialsHelper {
	constructor(
		private readonly type: ICredentialType,
		private readonly data: ICredentialDataDecryptedObject,
	) {
		super();
	}

	async getDecrypted() {
		return { ...this.data };
	}

	async authenticate(data: ICredentialDataDecryptedObject, _type: string, request: unknown) {
		if (typeof this.type.authenticate !== 'function') throw new Error('authenticate is no function');
		return await this.type.authenticate(data, request as IHttpRequestOptions);
	}

	getParentTypes() {
		return [];
	}

	isCredentialUsableByNode() {
		return true;
	}

	async preAuthentication() {
		return undefined;
	}

	async runPreAuthentication() {
		return undefined;
	}

	getCredentialsProperties() {
		return this.type.properties;
	}

	async getCredentials(): Promise<never> {
		throw new Error('The engine asked for stored credentials');
	}

	async updateCredentials(): Promise<never> {
		throw new Error('The engine wanted to store credentials');
	}

	async updateCredentialsOauthTokenData(): Promise<never> {
		throw new Error('The engine wanted to store credentials');
	}
}
