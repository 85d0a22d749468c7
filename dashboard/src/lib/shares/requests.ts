// Addresses at which the statistics of a link or a tag are read without signing in.
import { resolve } from '$app/paths';
import { answer, api } from '#lib/api/index.ts';
import type { Schemas } from '@shortline/client';

export type Share = Schemas['Share'];
export type NewShare = Schemas['NewShare'];
export type ShareSubject = { link: string } | { tag: string };

/** As many as a link or a tag can have that have not expired. */
const LIMIT = 100;

export function listShares(subject: ShareSubject, cursor: string | undefined, signal: AbortSignal) {
	const query = { limit: LIMIT, ...(cursor ? { cursor } : {}) };
	return answer(
		'link' in subject
			? api.GET('/api/v1/links/{id}/shares', { params: { path: { id: subject.link }, query }, signal })
			: api.GET('/api/v1/tags/{name}/shares', { params: { path: { name: subject.tag }, query }, signal })
	);
}

export function createShare(subject: ShareSubject, body: NewShare): Promise<Share> {
	return answer(
		'link' in subject
			? api.POST('/api/v1/links/{id}/shares', { params: { path: { id: subject.link } }, body })
			: api.POST('/api/v1/tags/{name}/shares', { params: { path: { name: subject.tag } }, body })
	);
}

export async function endShare(subject: ShareSubject, { id: share }: Share): Promise<void> {
	await answer(
		'link' in subject
			? api.DELETE('/api/v1/links/{id}/shares/{share}', { params: { path: { id: subject.link, share } } })
			: api.DELETE('/api/v1/tags/{name}/shares/{share}', { params: { path: { name: subject.tag, share } } })
	);
}

/** The page for people. The token is the fragment, which browsers send to nobody, so no log of pages has it. */
export function addressOf({ url }: Share): string {
	const token = new URL(url).pathname.split('/').at(-1) ?? '';
	return `${location.origin}${resolve('/shared').replace(/\/?$/, '/')}#${token}`;
}
