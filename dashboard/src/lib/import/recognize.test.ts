import { describe, expect, test } from 'vitest';
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
	expect(fieldsOf(file)).toEqual(['title', 'short_url', 'url', 'created_at', 'tags', null]);
});

test('columns_without_names_are_recognised_by_their_values', () => {
	const rows = Array.from(
		{ length: 12 },
		(_, at) =>
			`code${at};https://site${at}.example/a/long/path?x=${at};A title of ${at};${['print', 'web', 'mail'][at % 3]};0${(at % 9) + 1}.02.2025 10:30`
	);
	expect(fieldsOf(rows.join('\n'))).toEqual(['alias', 'url', 'title', 'tags', 'created_at']);
});

test('own_export_is_recognised', () => {
	const file = [
		'id,domain,code,short_url,url,title,notes,tags,external_id,status,state,archived,starts_at,expires_at,expired_url,max_clicks,password_protected,forward_query,forward_path,rules,revision,published_revision,clicks_total,created_by,created_at,updated_at',
		'0198c0de-0000-7000-8000-000000000001,go.example.com,one,https://go.example.com/one,https://a.example/,One two,A note,a,crm-1,302,active,false,,2032-01-01T00:00:00.000Z,https://a.example/gone,5,false,true,false,"[{""url"":""https://b.example/""}]",3,3,7,,2025-01-31T12:00:00.000Z,2026-01-31T12:00:00.000Z',
		'0198c0de-0000-7000-8000-000000000002,go.example.com,two,https://go.example.com/two,https://b.example/,Two three,,,,301,disabled,true,2031-01-01T00:00:00.000Z,,,,true,false,false,[],1,1,0,,2025-02-28T12:00:00.000Z,2026-01-31T12:00:00.000Z'
	].join('\n');
	const header = table(file).header;
	const named = Object.fromEntries(fieldsOf(file).map((field, column) => [header[column], field]));
	const own = [
		'domain',
		'short_url',
		'url',
		'title',
		'notes',
		'tags',
		'external_id',
		'status',
		'state',
		'archived'
	];
	const more = [
		'starts_at',
		'expires_at',
		'expired_url',
		'max_clicks',
		'forward_query',
		'forward_path',
		'rules'
	];
	expect(named).toEqual({
		...Object.fromEntries([...own, ...more, 'created_at'].map((field) => [field, field])),
		code: 'alias',
		...Object.fromEntries(
			[
				'id',
				'password_protected',
				'revision',
				'published_revision',
				'clicks_total',
				'created_by',
				'updated_at'
			].map((name) => [name, null])
		)
	});
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

	test('file_without_rows_is_empty', () => {
		expect(readTable('')).toBe('empty');
		expect(readTable('url,title\n')).toBe('empty');
	});
});

test('field_moves_to_the_column_that_was_chosen_last', () => {
	expect(withField(['url', null, 'title'], 1, 'url')).toEqual([null, 'url', 'title']);
	expect(withField(['url', null, 'title'], 2, null)).toEqual(['url', null, null]);
});
