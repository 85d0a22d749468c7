import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { csvOf } from '#lib/links/csv.ts';
import { withField } from './fields.ts';
import { recognize } from './recognize.ts';
import { readTable, type Table } from './table.ts';

const now = new Date('2026-11-29T12:00:00Z');

function table(text: string): Table {
	const read = readTable(text);
	if (typeof read === 'string') throw new Error(read);
	return read;
}

const fieldsOf = (text: string) => recognize(table(text), now);

test('bitly_export_is_recognised', () => {
	const file = [
		'title,link,long_url,created_at,tags,clicks',
		'Summer sale,https://bit.ly/3abc,https://shop.example/summer?ref=1,2024-05-01T10:00:00+0000,"print, web",120',
		'Winter sale,https://bit.ly/4Xyz,https://www.example.org/a/b/winter,2024-06-01T10:00:00+0000,web,3',
		'Our jobs,https://bit.ly/jobs,https://jobs.example.com/,2024-07-01T10:00:00+0000,,9'
	].join('\n');
	expect(fieldsOf(file)).toEqual(['title', 'short_url', 'url', 'created_at', 'tags', 'clicks']);
});

test('columns_without_names_are_recognised_by_their_values', () => {
	const rows = Array.from(
		{ length: 12 },
		(_, at) =>
			`code${at};https://site${at}.example/a/long/path?x=${at};A title of ${at};${['print', 'web', 'mail'][at % 3]};0${(at % 9) + 1}.02.2025 10:30`
	);
	expect(fieldsOf(rows.join('\n'))).toEqual(['alias', 'url', 'title', 'tags', 'created_at']);
});

test('row_id_is_no_name_of_a_link', () => {
	expect(
		fieldsOf(
			'id,short_url,url\n1,https://bit.ly/3abc,https://a.example/x?y\n2,https://bit.ly/4Xyz,https://b.example/z?y'
		)
	).toEqual([null, 'short_url', 'url']);
	expect(
		fieldsOf(
			'id,path,originalURL,shortURL\nlnk_4mLa,summer,https://a.example/x?y,https://go.short.gy/summer\nlnk_5nMb,winter,https://b.example/z?y,https://go.short.gy/winter'
		)
	).toEqual([null, 'alias', 'url', 'short_url']);
	expect(fieldsOf('id,originalURL\nlnk_4mLa,https://a.example/x?y\nlnk_5nMb,https://b.example/z?y')).toEqual([
		null,
		'url'
	]);
	expect(
		fieldsOf(
			'id,title,slashtag,destination,shortUrl\n0123456789abcdef0123456789abcdef,A b,summer,https://a.example/x?y,rebrand.ly/summer\nfedcba9876543210fedcba9876543210,C d,winter,https://b.example/z?y,rebrand.ly/winter'
		)
	).toEqual([null, 'title', 'alias', 'url', 'short_url']);
});

test('yes_and_no_are_no_passwords', () => {
	const file =
		'url,hasPassword,clicks,inactive\nhttps://a.example/x?y,true,3,false\nhttps://b.example/z?y,false,0,true';
	expect(fieldsOf(file)).toEqual(['url', 'password_protected', 'clicks', 'state']);
});

/** The columns are those that the API writes. */
const EXPORT = readFileSync('../origin-lambda/src/controllers/links/export.rs', 'utf8');

test('own_export_is_recognised', () => {
	const columns = [
		...(/const COLUMNS[^[]*\[&str; \d+\] = \[([^\]]*)\]/.exec(EXPORT)?.[1] ?? '').matchAll(/"(\w+)"/g)
	];
	const header = columns.map(([, name]) => name ?? '');
	const values: Record<string, [string, string]> = {
		id: ['0198c0de-0000-7000-8000-000000000001', '0198c0de-0000-7000-8000-000000000002'],
		domain: ['go.example.com', 'go.example.com'],
		code: ['one', 'two'],
		short_url: ['https://go.example.com/one', 'https://go.example.com/two'],
		url: ['https://a.example/', 'https://b.example/'],
		aliases: ['go.example.com/uno, go.example.com/eins', ''],
		title: ['One two', 'Two three'],
		notes: ['A note', ''],
		tags: ['a', ''],
		external_id: ['crm-1', ''],
		status: ['302', '301'],
		state: ['active', 'disabled'],
		archived: ['false', 'true'],
		starts_at: ['', '2031-01-01T00:00:00.000Z'],
		expires_at: ['2032-01-01T00:00:00.000Z', ''],
		expired_url: ['https://a.example/gone', ''],
		max_clicks: ['5', ''],
		password_protected: ['false', 'true'],
		forward_query: ['true', 'false'],
		forward_path: ['false', 'false'],
		rules: ['[{"url":"https://b.example/"}]', '[]'],
		preview: ['{"title":"Shown"}', ''],
		revision: ['3', '1'],
		published_revision: ['3', '1'],
		clicks_total: ['7', '0'],
		clicks_human: ['4', '0'],
		clicks_bot: ['3', '0'],
		created_by: ['', ''],
		created_at: ['2025-01-31T12:00:00.000Z', '2025-02-28T12:00:00.000Z'],
		updated_at: ['2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00.000Z']
	};
	const rows = [0, 1].map((at) => header.map((name) => values[name]?.[at] ?? 'a new column'));
	const fields = recognize(table(csvOf(header, rows)), now);
	const left = [
		'id',
		'revision',
		'published_revision',
		'clicks_total',
		'clicks_bot',
		'created_by',
		'updated_at'
	];
	const others: Record<string, string> = { code: 'alias', clicks_human: 'clicks' };
	expect(Object.fromEntries(header.map((name, column) => [name, fields[column]]))).toEqual(
		Object.fromEntries(header.map((name) => [name, left.includes(name) ? null : (others[name] ?? name)]))
	);
});

test('only_column_of_urls_is_the_destination', () => {
	expect(fieldsOf('https://example.com/a\nhttps://example.com/b\n')).toEqual(['url']);
	expect(fieldsOf('keyword,url\nsummer,example.com/a\nwinter,example.com/b')).toEqual(['alias', 'url']);
});

test('values_overrule_a_misleading_name', () => {
	const file =
		'title,url\nhttps://shop.example/a/b?c=d,Spring news here\nhttps://other.example/x/y?z=1,Autumn news here';
	expect(fieldsOf(file)).toEqual(['url', 'title']);
});

test('later_dates_are_an_end', () => {
	const file = 'url,a,b\nexample.com/1,2025-01-01,2031-01-01\nexample.com/2,2025-01-02,2032-01-01';
	expect(fieldsOf(file)).toEqual(['url', 'created_at', 'expires_at']);
});

describe('reading a file', () => {
	test('separators_quotes_and_marks_are_read', () => {
		expect(readTable('\uFEFFurl;title\r\n"https://a.example/;x";"says ""hi"""\r\n\r\n')).toEqual({
			header: ['url', 'title'],
			rows: [['https://a.example/;x', 'says "hi"']]
		});
	});

	test('short_rows_are_filled_up_and_defused_formulas_restored', () => {
		expect(readTable("url,title,tags\nhttps://a.example/,'=1+1")).toMatchObject({
			rows: [['https://a.example/', '=1+1', '']]
		});
	});

	test('quote_that_is_never_closed_is_a_problem', () => {
		expect(readTable('url,title\nhttps://a.example/,"Sale\nhttps://b.example/,B')).toBe('openQuote');
	});

	test('file_without_rows_is_empty', () => {
		expect(readTable('')).toBe('empty');
		expect(readTable('url,title\n')).toBe('empty');
	});
});

test('field_moves_to_the_column_that_was_chosen_last', () => {
	expect(withField(['url', null, 'title'], 1, 'url')).toEqual([null, 'url', 'title']);
	expect(withField(['url', null, 'title'], 2, null)).toEqual(['url', null, null]);
});
