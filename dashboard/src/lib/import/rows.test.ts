import { expect, test } from 'vitest';
import type { Mapping } from './fields.ts';
import { ambiguousDate, batchesOf, rowsOf } from './rows.ts';
import { dayOrderOf, readDate, readTags, type DayOrder } from './values.ts';

const options = { domains: ['go.example.com', 'example.link'], domain: 'go.example.com' };

test('short_url_of_another_shortener_keeps_its_name', () => {
	const table = { header: ['', ''], rows: [['https://bit.ly/3abc', 'example.com/a']] };
	expect(rowsOf(table, ['short_url', 'url'], options)).toEqual([
		{ row_id: '1', link: { url: 'https://example.com/a', alias: '3abc', domain: 'go.example.com' } }
	]);
});

test('further_names_become_names_of_the_link', () => {
	const cells = ['https://example.link/a', 'b, example.link/c, https://bit.ly/d', 'https://example.com/'];
	const link = rowsOf({ header: [], rows: [cells] }, ['short_url', 'aliases', 'url'], options)[0]?.link;
	expect(link?.aliases).toEqual([
		{ domain: 'example.link', code: 'b' },
		{ domain: 'example.link', code: 'c' },
		{ domain: 'go.example.com', code: 'd' }
	]);
});

test('domain_of_ours_is_kept', () => {
	const table = { header: ['', ''], rows: [['https://example.link/b/%C3%BC', 'https://example.com/a']] };
	expect(rowsOf(table, ['short_url', 'url'], options)[0]?.link).toMatchObject({
		alias: 'b/ü',
		domain: 'example.link'
	});
});

test('cells_become_values_of_their_field', () => {
	const table = {
		header: [],
		rows: [['https://a.example/', 'a; b', '31.12.2025 10:30', '5', 'paused', 'yes', '', '301']]
	};
	const mapping = [
		'url',
		'tags',
		'created_at',
		'max_clicks',
		'state',
		'archived',
		'title',
		'status'
	] as const;
	expect(rowsOf(table, [...mapping], { domains: [], domain: '' })[0]?.link).toEqual({
		url: 'https://a.example/',
		tags: ['a', 'b'],
		created_at: '2025-12-31T10:30:00.000Z',
		max_clicks: 5,
		state: 'disabled',
		archived: true,
		status: 301
	});
});

/** What the state, password and maximum of a row become. */
function closing(header: string[], mapping: Mapping, cells: string[]) {
	const [row] = rowsOf({ header, rows: [['https://a.example/', ...cells]] }, ['url', ...mapping], {
		domains: [],
		domain: ''
	});
	const { state, password, max_clicks } = row?.link ?? {};
	return { state, password, max_clicks };
}

test('row_that_was_closed_stays_closed', () => {
	const of = (state: string, isProtected: string, maximum: string, clicks: string) =>
		closing(
			[],
			['state', 'password_protected', 'max_clicks', 'clicks'],
			[state, isProtected, maximum, clicks]
		);
	expect(of('active', 'false', '5', '2')).toEqual({ state: 'active', max_clicks: 3 });
	expect(of('active', 'true', '', '')).toEqual({ state: 'disabled' });
	expect(of('active', '', '1', '1')).toEqual({ state: 'disabled' });
	expect(of('disabled', 'true', '1', '1')).toEqual({ state: 'disabled' });
	expect(of('exhausted', 'false', '', '')).toEqual({ state: 'disabled' });
});

test('password_that_is_not_known_disables', () => {
	const of = (password: string) => closing([], ['password'], [password]);
	expect(of('open sesame')).toEqual({ password: 'open sesame' });
	for (const unknown of ['true', 'ja', '$2b$10$abcdefghijklmnopqrstuv', '********'])
		expect(of(unknown)).toEqual({ state: 'disabled' });
	for (const none of ['false', 'no', '']) expect(of(none)).toEqual({});
});

test('yes_of_a_negative_column_disables', () => {
	const of = (header: string, text: string) => closing(['', header], ['state'], [text]).state;
	expect([of('inactive', 'true'), of('inactive', 'false')]).toEqual(['disabled', 'active']);
	expect([of('is_active', 'true'), of('is_active', 'false')]).toEqual(['active', 'disabled']);
});

test('path_of_the_short_url_outranks_a_column_of_names', () => {
	const table = { header: [], rows: [['https://bit.ly/3abc', '17', 'https://example.com/a']] };
	expect(rowsOf(table, ['short_url', 'alias', 'url'], options)[0]?.link.alias).toBe('3abc');
});

test('what_cannot_be_read_is_sent_as_it_stands', () => {
	const table = { header: [], rows: [['not a url', 'soon', 'many']] };
	expect(rowsOf(table, ['url', 'expires_at', 'max_clicks'], { domains: [], domain: '' })[0]?.link).toEqual({
		url: 'not a url',
		expires_at: 'soon',
		max_clicks: 'many'
	});
});

test('order_of_day_and_month_is_that_of_the_column', () => {
	expect(dayOrderOf(['3/4/2025', '13/4/2025'])).toBe('day-first');
	expect(dayOrderOf(['3/4/2025', '3/14/2025'])).toBe('month-first');
	expect(dayOrderOf(['03.04.2025'])).toBe('day-first');
	expect(dayOrderOf(['2025-04-03', '04/04/2025'])).toBe('month-first');
	expect(dayOrderOf(['03-04-2026'])).toEqual({ either: '03-04-2026' });
	expect(readDate('3/4/2025', 'day-first')).toBe('2025-04-03T00:00:00.000Z');
	expect(readDate('3/4/2025 1:05 PM', 'month-first')).toBe('2025-03-04T13:05:00.000Z');
	expect(readDate('2025-03-04T13:05:00+02:00', 'day-first')).toBe('2025-03-04T11:05:00.000Z');
	expect(readDate('1741093500', 'day-first')).toBe('2025-03-04T13:05:00.000Z');
	expect(readDate('Mar 4, 2025 13:05', 'day-first')).toBe('2025-03-04T13:05:00.000Z');
	expect(readDate('31.02.2025', 'day-first')).toBeUndefined();
	expect(readDate('Summer 2025', 'day-first')).toBeUndefined();
});

test('dates_that_do_not_tell_are_read_as_chosen', () => {
	const table = { header: [], rows: [['https://a.example/', '03/04/2026']] };
	const dateOf = (dayOrder: DayOrder) =>
		rowsOf(table, ['url', 'expires_at'], { ...options, dayOrder })[0]?.link.expires_at;
	expect([dateOf('day-first'), dateOf('month-first')]).toEqual([
		'2026-04-03T00:00:00.000Z',
		'2026-03-04T00:00:00.000Z'
	]);
	expect(ambiguousDate(table, ['url', 'expires_at'])).toBe('03/04/2026');
	expect(ambiguousDate(table, ['url', null])).toBeUndefined();
});

test('tags_are_split_but_not_at_spaces', () => {
	expect(readTags('summer sale, web,web')).toEqual(['summer sale', 'web']);
	expect(readTags('["a","b c"]')).toEqual(['a', 'b c']);
});

test('batch_has_no_more_passwords_than_a_request_may', () => {
	const rows = Array.from({ length: 45 }, (_, at) => ({ row_id: String(at), link: { password: 'secret' } }));
	expect(batchesOf(rows, 500).map((batch) => batch.length)).toEqual([20, 20, 5]);
});

test('batch_is_neither_too_many_nor_too_long', () => {
	const rows = Array.from({ length: 5 }, (_, at) => ({
		row_id: String(at),
		link: { url: 'x'.repeat(at === 2 ? 90 : 1) }
	}));
	expect(batchesOf(rows, 2).map((batch) => batch.length)).toEqual([2, 2, 1]);
	expect(batchesOf(rows, 5, 100).map((batch) => batch.map(({ row_id }) => row_id))).toEqual([
		['0', '1'],
		['2'],
		['3', '4']
	]);
});
