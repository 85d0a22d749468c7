import { expect, test } from 'vitest';
import { offline } from '#lib/api/problem.ts';
import { Pages } from './pages.svelte.ts';

/** Two pages; `asked` are the cursors, and the requests of `failing` positions fail. */
function twoPages(...failing: number[]) {
	const asked: (string | undefined)[] = [];
	const list = new Pages<string>((cursor) => {
		asked.push(cursor);
		if (failing.includes(asked.length)) return Promise.reject(offline());
		return Promise.resolve(
			cursor ? { data: ['b'], next_cursor: null } : { data: ['a'], next_cursor: 'second' }
		);
	});
	return { list, asked };
}

test('retry_of_a_failed_reload_reads_from_the_beginning', async () => {
	const { list, asked } = twoPages(2);
	await list.reload();
	await list.reload();
	expect(list.problem).toBeDefined();
	await list.retry();
	expect(asked).toEqual([undefined, undefined, undefined]);
	expect(list.items).toEqual(['a']);
	expect(list.problem).toBeUndefined();
});

test('retry_of_a_failed_page_goes_on', async () => {
	const { list, asked } = twoPages(2);
	await list.reload();
	await list.more();
	await Promise.all([list.retry(), list.retry()]);
	expect(asked).toEqual([undefined, 'second', 'second']);
	expect(list.items).toEqual(['a', 'b']);
});

test('failed_reload_is_not_continued_from_the_list_before', async () => {
	const { list, asked } = twoPages(2);
	await list.reload();
	await list.reload();
	await list.more();
	expect(asked).toEqual([undefined, undefined, undefined]);
});
