// Domains with what they show their visitors.
import { answer, answerWithHeaders, api } from '#lib/api/index.ts';
import type { Schemas } from '@shortline/client';
import { dataUrl } from './domain-logo.ts';

export type DomainWithFiles = Schemas['DomainWithFiles'];
export type DomainPatch = Schemas['DomainPatch'];

/** The longest name that the API takes, in characters. */
export const MOST_NAME_CHARACTERS = 60;

/** A domain, with its logo as a data URL where this page may load it. */
export interface LoadedDomain {
	domain: DomainWithFiles;
	logo: string | undefined;
}

export async function readDomain(host: string, signal?: AbortSignal): Promise<LoadedDomain> {
	const domain = await answer(
		api.GET('/api/v1/domains/{host}', { params: { path: { host } }, ...(signal ? { signal } : {}) })
	);
	return { domain, logo: await loadedLogo(domain) };
}

/** The changed domain, and whether it was visible at the edge when the answer came. */
export async function changeDomain(
	host: string,
	body: DomainPatch
): Promise<{ domain: DomainWithFiles; isPublished: boolean }> {
	const { data, headers } = await answerWithHeaders(
		api.PATCH('/api/v1/domains/{host}', {
			params: { path: { host } },
			body,
			headers: { 'Content-Type': 'application/merge-patch+json' }
		})
	);
	return {
		domain: data,
		isPublished: headers.get('Shortline-Propagation')?.startsWith('published') ?? false
	};
}

/** The page's policy allows no pictures of other hosts, and each domain serves its own logo. */
async function loadedLogo({ logo_url }: DomainWithFiles): Promise<string | undefined> {
	if (!logo_url || new URL(logo_url).origin !== location.origin) return undefined;
	try {
		const response = await fetch(logo_url);
		return response.ok ? await dataUrl(await response.blob()) : undefined;
	} catch {
		return undefined;
	}
}
