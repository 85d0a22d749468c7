import { expect, test } from 'vitest';
import { hasFilters, isSearchable, readColumns, readListQuery, writeColumns } from './query.ts';

const read = (query: string) => readListQuery(new URLSearchParams(query));

test('unknown_values_fall_back', () => {
	expect(read('state=nonsense&sort=nonsense&order=nonsense')).toMatchObject({
		state: undefined,
		sort: 'created',
		order: 'desc'
	});
});

test('search_that_the_api_refuses_is_not_sent', () => {
	expect(read('search=ab').search).toBeUndefined();
	expect(read('search=a-b-c-d').search).toBeUndefined();
	expect(read('search=abc').search).toBe('abc');
	expect(isSearchable('éßü')).toBe(true);
});

test('sorting_is_no_filter', () => {
	expect(hasFilters(read('sort=clicks&order=asc'))).toBe(false);
	expect(hasFilters(read('tag=print'))).toBe(true);
});

test('columns_survive_the_address', () => {
	const written = writeColumns(['clicks', 'domain']);
	expect(readColumns(new URLSearchParams({ columns: written ?? '' }))).toEqual(['clicks', 'domain']);
	expect(writeColumns(readColumns(new URLSearchParams()))).toBeNull();
	expect(readColumns(new URLSearchParams({ columns: writeColumns([]) ?? '' }))).toEqual([]);
});
