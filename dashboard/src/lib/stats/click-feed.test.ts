import { afterEach, expect, test, vi } from 'vitest';
import { ClickFeed } from './click-feed.ts';

afterEach(() => vi.restoreAllMocks());

const { signal } = new AbortController();
const json = (body: unknown, status = 200) => Response.json(body, { status });
const page = (ids: string[], next_cursor: string, has_more = false) =>
	json({ data: ids.map((request_id) => ({ request_id })), next_cursor, has_more });

/** The cursors that were asked for, in order. */
function answerWith(...answers: Response[]): (string | null)[] {
	const asked: (string | null)[] = [];
	vi.spyOn(globalThis, 'fetch').mockImplementation((request) => {
		asked.push(new URL((request as Request).url).searchParams.get('after'));
		const next = answers.shift();
		return next ? Promise.resolve(next) : Promise.reject(new Error('nothing more was expected'));
	});
	return asked;
}

const read = async (feed: ClickFeed) => (await feed.read(signal)).map(({ request_id }) => request_id);

test('newer_clicks_come_on_top', async () => {
	const asked = answerWith(page(['a', 'b'], '1'), page(['c'], '2'));
	const feed = new ClickFeed();
	expect(await read(feed)).toEqual(['b', 'a']);
	expect(await read(feed)).toEqual(['c', 'b', 'a']);
	expect(asked).toEqual([null, '1']);
});

test('feed_that_fell_behind_begins_anew', async () => {
	const asked = answerWith(page(['a'], '1'), page(['b'], '2', true), page(['y', 'z'], '9'), page([], '9'));
	const feed = new ClickFeed();
	await feed.read(signal);
	expect(await read(feed)).toEqual(['z', 'y']);
	expect(await read(feed)).toEqual(['z', 'y']);
	expect(asked).toEqual([null, '1', null, '9']);
});

test('expired_cursor_begins_anew', async () => {
	const gone = json({ type: '', title: '', detail: '', status: 410, code: 'cursor_expired' }, 410);
	const asked = answerWith(page(['a'], '1'), gone, page(['z'], '9'));
	const feed = new ClickFeed();
	await feed.read(signal);
	expect(await read(feed)).toEqual(['z']);
	expect(asked).toEqual([null, '1', null]);
});

test('answer_after_the_end_moves_no_cursor', async () => {
	const asked = answerWith(page(['a'], '1'), page(['a'], '1'));
	const feed = new ClickFeed();
	const controller = new AbortController();
	const reading = feed.read(controller.signal);
	controller.abort();
	await expect(reading).rejects.toThrow();
	expect(await read(feed)).toEqual(['a']);
	expect(asked).toEqual([null, null]);
});
