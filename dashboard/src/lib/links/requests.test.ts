import { afterEach, expect, test, vi } from 'vitest';
import { changeMany, exportLinks, idsOf, restoreMany } from './requests.ts';

afterEach(() => {
	vi.useRealTimers();
	vi.restoreAllMocks();
});

const problem = (status: number, code: string, retryAfter?: string) =>
	Response.json(
		{ type: '', title: '', detail: '', status, code },
		{ status, headers: retryAfter ? { 'Retry-After': retryAfter } : {} }
	);
const outcomes = (ids: readonly string[], status = 200) =>
	Response.json({ data: ids.map((id) => ({ id, status })) });

function answerWith(...answers: Response[]) {
	return vi.spyOn(globalThis, 'fetch').mockImplementation(() => {
		const next = answers.shift();
		return next ? Promise.resolve(next) : Promise.reject(new TypeError('nothing more was expected'));
	});
}

const ids = Array.from({ length: 1_200 }, (_, at) => String(at));
const ignore = () => undefined;

test('what_was_done_is_told_where_the_rest_fails', async () => {
	const fetched = answerWith(outcomes(ids.slice(0, 500)), problem(503, 'overloaded'));
	const outcome = await changeMany(ids, 'delete', ignore);
	expect(outcome.done).toEqual(ids.slice(0, 500));
	expect(outcome.failed).toBe(700);
	expect(outcome.problem?.code).toBe('overloaded');
	expect(fetched).toHaveBeenCalledTimes(2);
});

test('refused_part_does_not_stop_the_next', async () => {
	answerWith(problem(422, 'invalid_field'), outcomes(ids.slice(500, 1_000)), outcomes(ids.slice(1_000), 404));
	const outcome = await changeMany(ids, { state: 'disabled' }, ignore);
	expect(outcome.done).toEqual(ids.slice(500, 1_000));
	expect(outcome.failed).toBe(700);
	expect(outcome.problem?.code).toBe('invalid_field');
});

test('change_of_many_waits_for_the_limit', async () => {
	vi.useFakeTimers();
	const fetched = answerWith(
		outcomes(ids.slice(0, 500)),
		problem(429, 'rate_limited', '7'),
		outcomes(ids.slice(500, 1_000)),
		outcomes(ids.slice(1_000))
	);
	const changing = changeMany(ids, { state: 'disabled' }, ignore);
	await vi.advanceTimersByTimeAsync(6_900);
	expect(fetched).toHaveBeenCalledTimes(2);
	await vi.advanceTimersByTimeAsync(100);
	expect(await changing).toMatchObject({ done: ids, failed: 0 });
});

test('undo_waits_for_the_limit_and_goes_on_after_a_failure', async () => {
	vi.useFakeTimers();
	const fetched = answerWith(
		problem(409, 'alias_taken'),
		problem(429, 'rate_limited', '7'),
		Response.json({}),
		Response.json({})
	);
	const restoring = restoreMany(['a', 'b', 'c']);
	await vi.advanceTimersByTimeAsync(6_900);
	expect(fetched).toHaveBeenCalledTimes(2);
	await vi.advanceTimersByTimeAsync(100);
	const outcome = await restoring;
	expect(outcome).toMatchObject({ done: ['b', 'c'], failed: 1 });
	expect(outcome.problem?.code).toBe('alias_taken');
});

test('undo_stops_where_nothing_answers', async () => {
	const fetched = answerWith(Response.json({}));
	const outcome = await restoreMany(['a', 'b', 'c']);
	expect(outcome).toMatchObject({ done: ['a'], failed: 2 });
	expect(outcome.problem?.isOffline).toBe(true);
	expect(fetched).toHaveBeenCalledTimes(2);
});

test('links_of_a_filter_are_read_in_an_order_that_no_click_changes', async () => {
	const fetched = answerWith(
		Response.json({ data: [{ id: 'a' }], next_cursor: 'next' }),
		Response.json({ data: [{ id: 'b' }], next_cursor: null })
	);
	const query = { tag: ['sale'], sort: 'clicks', order: 'asc' } as const;
	const found = await idsOf({ ...query, tag: [...query.tag] }, new AbortController().signal);
	expect(found).toEqual(['a', 'b']);
	for (const [request] of fetched.mock.calls) {
		const { searchParams } = new URL((request as Request).url);
		expect(searchParams.get('sort')).toBe('created');
		expect(searchParams.get('tag')).toBe('sale');
	}
});

test('export_follows_the_parts_to_the_end', async () => {
	const headers = { Link: '</api/v1/links?format=csv&cursor=abc>; rel="next"' };
	const fetched = answerWith(new Response('id\r\n1\r\n', { headers }), new Response('2\r\n'));
	const query = { sort: 'created', order: 'desc' } as const;
	const file = await exportLinks(query, new AbortController().signal);
	expect(file.size).toBe('id\r\n1\r\n2\r\n'.length);
	const [, second] = fetched.mock.calls.map(([request]) => new URL((request as Request).url).searchParams);
	expect(second?.get('cursor')).toBe('abc');
});
