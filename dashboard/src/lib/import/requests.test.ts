import { afterEach, expect, test, vi } from 'vitest';
import { readFailures } from './requests.ts';

afterEach(() => vi.restoreAllMocks());

test('failures_are_read_beyond_the_limit_of_the_key', async () => {
	const row = {
		row_id: '1',
		code: 'invalid_url',
		detail: 'x',
		field: 'url',
		url: 'x',
		domain: null,
		alias: null
	};
	const limited = { type: 'urn:x', title: 'x', status: 429, code: 'rate_limited', detail: 'x' };
	const headers = { 'content-type': 'application/problem+json', 'retry-after': '7' };
	const answers = [
		Response.json({ data: [row], next_cursor: 'c' }),
		Response.json(limited, { status: 429, headers }),
		Response.json({ data: [{ ...row, row_id: '2' }], next_cursor: null })
	];
	vi.spyOn(globalThis, 'fetch').mockImplementation(() =>
		Promise.resolve(answers.shift() ?? Response.error())
	);
	const waits: number[] = [];
	const failures = await readFailures('i1', {
		signal: new AbortController().signal,
		wait: (seconds) => Promise.resolve(void waits.push(seconds))
	});
	expect(failures.map(({ row_id }) => row_id)).toEqual(['1', '2']);
	expect(waits).toEqual([7]);
});
