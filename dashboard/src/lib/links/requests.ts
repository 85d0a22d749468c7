// The changes that the API knows of a link.
import {
	answer,
	answerAsJson,
	answerWithHeaders,
	api,
	type Link,
	type LinkPatch,
	type NewLink
} from '#lib/api/index.ts';
import type { Schemas } from '@shortline/client';
import { PAGE_SIZE, type ListQuery } from './query.ts';

/** Whether the change was visible at the edge when the answer came. */
export type Propagation = 'published' | 'pending';

export interface Written {
	link: Link;
	propagation: Propagation;
}

export async function createLink(body: NewLink, idempotencyKey: string): Promise<Written> {
	return written(
		await answerWithHeaders(
			api.POST('/api/v1/links', { params: { header: { 'Idempotency-Key': idempotencyKey } }, body })
		)
	);
}

/** With the link's revision, the change is refused where somebody else made one meanwhile. */
export async function changeLink(id: string, body: LinkPatch, etag?: string): Promise<Written> {
	const params = { path: { id }, ...(etag ? { header: { 'If-Match': etag } } : {}) };
	return written(
		await answerWithHeaders(
			api.PATCH('/api/v1/links/{id}', {
				params,
				body,
				headers: { 'Content-Type': 'application/merge-patch+json' }
			})
		)
	);
}

export async function deleteLink(id: string): Promise<void> {
	await answer(api.DELETE('/api/v1/links/{id}', { params: { path: { id } } }));
}

export async function readLink(
	id: string,
	signal?: AbortSignal
): Promise<{ link: Link; etag: string | undefined }> {
	const { data, headers } = await answerWithHeaders(
		api.GET('/api/v1/links/{id}', { params: { path: { id } }, ...(signal ? { signal } : {}) })
	);
	return { link: data, etag: headers.get('ETag') ?? undefined };
}

export async function restoreLink(id: string): Promise<Link> {
	return answer(api.POST('/api/v1/links/{id}/restore', { params: { path: { id } } }));
}

/** Of one call. */
const MOST_CHANGED = 500;
/** Of a filter; more is work for the command line. */
export const MOST_SELECTED = 10_000;

/** The links of a filter, as far as they can be changed together. */
export async function idsOf(query: ListQuery, signal: AbortSignal): Promise<string[]> {
	const ids: string[] = [];
	let cursor: string | null | undefined;
	do {
		const params = { query: { ...query, limit: PAGE_SIZE * 2, ...(cursor ? { cursor } : {}) } };
		const page = await answerAsJson(api.GET('/api/v1/links', { params, signal }));
		ids.push(...page.data.map(({ id }) => id));
		cursor = page.next_cursor;
	} while (cursor && ids.length < MOST_SELECTED);
	return ids;
}

export interface ManyOutcome {
	done: string[];
	failed: number;
}

export type ManyChange = Schemas['BulkChange']['change'];

/** `change` is a merge patch for each of them, or their deletion. */
export async function changeMany(
	ids: readonly string[],
	change: ManyChange | 'delete',
	onprogress: (done: number) => void
): Promise<ManyOutcome> {
	const outcome: ManyOutcome = { done: [], failed: 0 };
	for (let at = 0; at < ids.length; at += MOST_CHANGED) {
		const part = ids.slice(at, at + MOST_CHANGED);
		const { data } = await answer(
			change === 'delete'
				? api.DELETE('/api/v1/links/bulk', { body: { ids: part } })
				: api.PATCH('/api/v1/links/bulk', { body: { ids: part, change } })
		);
		for (const { id, status } of data) {
			if (status < 300) outcome.done.push(id);
			else outcome.failed += 1;
		}
		onprogress(outcome.done.length + outcome.failed);
	}
	return outcome;
}

function written({ data, headers }: { data: Link; headers: Headers }): Written {
	const isPublished = headers.get('Shortline-Propagation')?.startsWith('published') ?? false;
	return { link: data, propagation: isPublished ? 'published' : 'pending' };
}
