import { expect, test } from 'vitest';
import { readUtm, withUtm } from './campaign.ts';
import { draftFromQuery } from './draft-from-query.ts';

test('parameter_is_set_changed_and_removed', () => {
	const set = withUtm('https://example.com/?a=1#top', 'utm_source', ' mail ');
	expect(set).toBe('https://example.com/?a=1&utm_source=mail#top');
	expect(readUtm(set).utm_source).toBe('mail');
	expect(withUtm(set, 'utm_source', '')).toBe('https://example.com/?a=1#top');
});

test('half_typed_url_is_left_alone', () => {
	expect(withUtm('exam', 'utm_source', 'mail')).toBe('exam');
});

test('shared_text_gives_the_url', () => {
	const shared = new URLSearchParams({ text: 'Look: https://example.com/a?b=1 nice', title: 'Look' });
	expect(draftFromQuery(shared)).toMatchObject({ url: 'https://example.com/a?b=1', title: 'Look' });
});
