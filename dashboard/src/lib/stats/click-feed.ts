// The newest clicks of all links, followed by a cursor.
import { answer, api, ApiProblem } from '#lib/api/index.ts';
import type { FollowedClick } from './requests.ts';

export const SHOWN = 25;

export class ClickFeed {
	#cursor: string | undefined;
	#clicks: FollowedClick[] = [];

	/** The newest first: what was stored since the last answer comes on top of what is there. */
	async read(signal: AbortSignal): Promise<FollowedClick[]> {
		const following = this.#cursor ? await readFollowing(this.#cursor, signal) : undefined;
		const page = following ?? (await readPage(undefined, signal));
		signal.throwIfAborted();
		this.#cursor = page.next_cursor;
		this.#clicks = [...page.data.toReversed(), ...(following ? this.#clicks : [])].slice(0, SHOWN);
		return this.#clicks;
	}
}

const readPage = (after: string | undefined, signal: AbortSignal) =>
	answer(
		api.GET('/api/v1/clicks', { params: { query: { limit: SHOWN, ...(after ? { after } : {}) } }, signal })
	);

/** Nothing where the newest clicks are no longer reached from the cursor: it is too old, or too much was stored since. */
async function readFollowing(cursor: string, signal: AbortSignal) {
	try {
		const page = await readPage(cursor, signal);
		return page.has_more ? undefined : page;
	} catch (error) {
		if (error instanceof ApiProblem && error.code === 'cursor_expired') return undefined;
		throw error;
	}
}
