import { expect, test } from 'vitest';
import { formatTime } from '#lib/format/index.ts';
import { ruleInWords } from './rule-words.ts';
import { fieldName, shownFields, shownValue, whatHappened } from './words.ts';

const text = (text: string) => ({ form: 'text', text });

test('values_are_shown_in_words', () => {
	expect(shownValue('state', 'disabled')).toEqual(text('Disabled'));
	expect(shownValue('password', 'changed')).toEqual(text('Replaced'));
	expect(shownValue('archived', true)).toEqual(text('Yes'));
	expect(shownValue('status', 301)).toEqual(text('301'));
	expect(shownValue('max_clicks', 50000)).toEqual(text('50,000'));
	expect(shownValue('expires_at', '2026-12-31T23:00:00.000Z')).toEqual(
		text(formatTime('2026-12-31T23:00:00.000Z'))
	);
	expect(shownValue('events', ['link.created'])).toEqual({ form: 'list', items: ['Link created'] });
});

test('preview_is_a_line_for_each_part', () => {
	expect(shownValue('preview', { title: 'Sale', description: null, image: 'https://a.test/x.png' })).toEqual(
		text('Headline: Sale\nImage: https://a.test/x.png')
	);
});

test('what_is_absent_is_none', () => {
	for (const absent of [null, undefined, '', []])
		expect(shownValue('title', absent)).toEqual({ form: 'none' });
});

test('title_like_a_word_of_another_field_stays', () => {
	expect(shownValue('title', 'disabled')).toEqual(text('disabled'));
	expect(shownValue('state', 'constructor')).toEqual(text('constructor'));
});

test('rule_is_one_line', () => {
	expect(ruleInWords({ if: { country: ['DE', 'AT'], device: 'mobile' }, url: 'https://a.test/' })).toBe(
		'Countries: Germany, Austria; Devices: Mobile → https://a.test/'
	);
	expect(
		ruleInWords({
			split: [
				{ url: 'https://a.test/', weight: 3 },
				{ url: 'https://b.test/', weight: 1 }
			]
		})
	).toBe('Any → 75% https://a.test/, 25% https://b.test/');
});

test('names_that_this_release_does_not_know_are_readable', () => {
	expect(whatHappened({ kind: 'link', action: 'moved' })).toBe('link: moved');
	expect(fieldName('own_colors')).toBe('own colors');
	expect(shownFields({ tag: 'a', state: 'active' })).toEqual([
		{ field: 'tag', value: text('a') },
		{ field: 'state', value: text('Active') }
	]);
});

test('further_names_are_listed_as_they_are_followed', () => {
	expect(shownValue('aliases', [{ domain: 'go.example.com', code: 'sale' }])).toEqual({
		form: 'list',
		items: ['go.example.com/sale']
	});
});
