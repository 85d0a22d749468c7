// The changes that the API knows of a link.
import {
	answer,
	answerWithHeaders,
	api,
	ApiProblem,
	type Link,
	type LinkPatch,
	type NewLink
} from '#lib/api/index.ts';

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

/** How many requests of one person wait at a time. */
const CONCURRENT = 4;

export interface ManyOutcome<T> {
	done: T[];
	failed: ApiProblem[];
}

/** One request each; stops early only where all others would fail too. */
export async function forEachLink<T>(
	ids: readonly string[],
	change: (id: string) => Promise<T>,
	onprogress: (done: number) => void
): Promise<ManyOutcome<T>> {
	const queue = [...ids];
	const outcome: ManyOutcome<T> = { done: [], failed: [] };
	const work = async () => {
		for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
			try {
				outcome.done.push(await change(id));
			} catch (error) {
				if (!(error instanceof ApiProblem)) throw error;
				outcome.failed.push(error);
				if (error.isOffline || error.status === 401 || error.status === 429) queue.length = 0;
			}
			onprogress(outcome.done.length + outcome.failed.length);
		}
	};
	await Promise.all(Array.from({ length: CONCURRENT }, work));
	return outcome;
}

function written({ data, headers }: { data: Link; headers: Headers }): Written {
	const isPublished = headers.get('Shortline-Propagation')?.startsWith('published') ?? false;
	return { link: data, propagation: isPublished ? 'published' : 'pending' };
}
