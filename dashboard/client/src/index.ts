// A typed client for Shortline's API. The types follow the OpenAPI document; requests go through fetch.
import createFetchClient, { type Client, type ClientOptions } from 'openapi-fetch';
import type { components, operations, paths } from './schema.ts';

export type { components, operations, paths };
export type Schemas = components['schemas'];
export type ShortlineClient = Client<paths>;

/** `baseUrl` is the installation's address. Send a key as `headers: { Authorization: 'Bearer slk_…' }`. */
export function createShortlineClient(options: ClientOptions & { baseUrl: string }): ShortlineClient {
	return createFetchClient<paths>(options);
}
