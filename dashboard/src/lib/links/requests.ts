// The changes that the API knows of a link.
import {
	answer,
	answerAsJson,
	answerWithHeaders,
	api,
	ApiProblem,
	type Link,
	type LinkPatch,
	type NewLink
} from '#lib/api/index.ts';
import { patiently } from '#lib/api/patience.ts';
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
	// A click or a change between two pages would move a link over their border in any other order.
	const stable = { ...query, sort: 'created', order: 'desc', limit: PAGE_SIZE * 2 } as const;
	const ids: string[] = [];
	let cursor: string | null | undefined;
	do {
		const params = { query: { ...stable, ...(cursor ? { cursor } : {}) } };
		const page = await answerAsJson(api.GET('/api/v1/links', { params, signal }));
		ids.push(...page.data.map(({ id }) => id));
		cursor = page.next_cursor;
	} while (cursor && ids.length < MOST_SELECTED);
	return ids;
}

export interface ManyOutcome {
	done: string[];
	failed: number;
	/** Of the first that failed. */
	problem: ApiProblem | undefined;
}

/** What was begun goes on, also while another page is shown. What was not answered may have been done. */
const PATIENCE = { signal: new AbortController().signal, mostFailures: 0 };

export type ManyChange = Schemas['BulkChange']['change'];

/** `change` is a merge patch for each of them, or their deletion. What was done is told also where the rest fails. */
export async function changeMany(
	ids: readonly string[],
	change: ManyChange | 'delete',
	onprogress: (done: number) => void
): Promise<ManyOutcome> {
	const outcome: ManyOutcome = { done: [], failed: 0, problem: undefined };
	for (let at = 0; at < ids.length; at += MOST_CHANGED) {
		const part = ids.slice(at, at + MOST_CHANGED);
		try {
			for (const { id, status, error } of await patiently(() => changePart(part, change), PATIENCE)) {
				if (status < 300) {
					outcome.done.push(id);
					continue;
				}
				outcome.failed += 1;
				if (error) outcome.problem ??= new ApiProblem(error);
			}
		} catch (error) {
			if (addFailure(outcome, error, part.length, ids)) return outcome;
		}
		onprogress(outcome.done.length + outcome.failed);
	}
	return outcome;
}

async function changePart(ids: readonly string[], change: ManyChange | 'delete') {
	const { data } = await answer(
		change === 'delete'
			? api.DELETE('/api/v1/links/bulk', { body: { ids: [...ids] } })
			: api.PATCH('/api/v1/links/bulk', { body: { ids: [...ids], change } })
	);
	return data;
}

export const restoreMany = (ids: readonly string[]) => oneByOne(ids, restoreLink, () => undefined);

/** To another domain, with their names, clicks and history. */
export function moveMany(
	ids: readonly string[],
	domain: string,
	onprogress: (done: number) => void
): Promise<ManyOutcome> {
	return oneByOne(ids, (id) => changeLink(id, { domain }), onprogress);
}

/** What the API does to single links only. */
async function oneByOne(
	ids: readonly string[],
	change: (id: string) => Promise<unknown>,
	onprogress: (done: number) => void
): Promise<ManyOutcome> {
	const outcome: ManyOutcome = { done: [], failed: 0, problem: undefined };
	for (const id of ids) {
		try {
			await patiently(() => change(id), PATIENCE);
			outcome.done.push(id);
		} catch (error) {
			if (addFailure(outcome, error, 1, ids)) return outcome;
		}
		onprogress(outcome.done.length + outcome.failed);
	}
	return outcome;
}

/** All links of a filter as one file. The API answers it in parts, each of which says where the next one begins. */
export async function exportLinks(query: ListQuery, signal: AbortSignal): Promise<Blob> {
	const parts: string[] = [];
	let cursor: string | undefined;
	do {
		const params = { query: { ...query, format: 'csv' as const, ...(cursor ? { cursor } : {}) } };
		const part = await answerWithHeaders(api.GET('/api/v1/links', { params, signal, parseAs: 'text' }));
		parts.push(part.data);
		cursor = nextCursor(part.headers.get('Link'));
	} while (cursor);
	return new Blob(parts, { type: 'text/csv' });
}

function nextCursor(link: string | null): string | undefined {
	const [, address] = /<([^>]*)>;\s*rel="?next"?/.exec(link ?? '') ?? [];
	return (address && new URL(address, location.origin).searchParams.get('cursor')) || undefined;
}

/** Whether the rest of `ids` would fail alike: then they count as failed. */
function addFailure(outcome: ManyOutcome, error: unknown, count: number, ids: readonly string[]): boolean {
	if (!(error instanceof ApiProblem)) throw error;
	outcome.problem ??= error;
	const { isOffline, status } = error;
	const isForAll = isOffline || status === 401 || status === 429 || status >= 500;
	outcome.failed = isForAll ? ids.length - outcome.done.length : outcome.failed + count;
	return isForAll;
}

function written({ data, headers }: { data: Link; headers: Headers }): Written {
	const isPublished = headers.get('Shortline-Propagation')?.startsWith('published') ?? false;
	return { link: data, propagation: isPublished ? 'published' : 'pending' };
}
