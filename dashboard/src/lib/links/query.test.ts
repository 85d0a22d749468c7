import { expect, test } from 'vitest';
import { withChanges } from '#lib/state/query.ts';
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

test('days_of_a_filter_count_whole_in_the_own_time_zone', () => {
	const query = read('created_from=2026-11-02&created_to=2026-11-02&updated_to=nonsense');
	expect(query.created_from).toBe(new Date(2026, 10, 2).toISOString());
	expect(query.created_to).toBe(new Date(2026, 10, 3).toISOString());
	expect(query.updated_to).toBeUndefined();
});

test('several_tags_are_a_parameter_each', () => {
	const query = read('tag=print&tag=a%2Cb&no_tag=old');
	expect(query).toMatchObject({ tag: ['print', 'a,b'], no_tag: ['old'], any_tag: undefined });
	const changed = withChanges(new URLSearchParams('tag=print&tag=web&sort=clicks'), { tag: ['web', 'x'] });
	expect(changed).toBe('?sort=clicks&tag=web&tag=x');
});

test('columns_survive_the_address', () => {
	const written = writeColumns(['clicks', 'domain']);
	expect(readColumns(new URLSearchParams({ columns: written ?? '' }))).toEqual(['clicks', 'domain']);
	expect(writeColumns(readColumns(new URLSearchParams()))).toBeNull();
	expect(readColumns(new URLSearchParams({ columns: writeColumns([]) ?? '' }))).toEqual([]);
});
