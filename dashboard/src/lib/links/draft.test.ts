import { describe, expect, test } from 'vitest';
import type { Link } from '#lib/api/index.ts';
import { draftOf, errorsByAlias, duplicateOf, emptyDraft, newLinkOf, patchOf } from './draft.ts';

const link: Link = {
	id: '01a22700-aca1-7413-a968-4ab994e5eced',
	domain: 'go.example.com',
	code: 'spring',
	short_url: 'https://go.example.com/spring',
	aliases: [],
	url: 'https://example.com/spring',
	archived: false,
	title: 'Spring',
	notes: null,
	tags: ['print'],
	external_id: 'crm-7',
	status: 302,
	starts_at: null,
	expires_at: '2027-01-05T08:00:00.000Z',
	expired_url: null,
	max_clicks: 50,
	password_protected: true,
	forward_query: false,
	forward_path: false,
	preview: null,
	rules: [{ if: { country: ['DE', 'AT'] }, url: 'https://example.com/de' }],
	state: 'active',
	revision: 3,
	published_revision: 3,
	clicks: { total: 9, human: 7, bot: 2 },
	created_at: '2026-11-29T11:11:25.072Z',
	created_by: null,
	updated_at: '2026-11-29T11:11:25.072Z'
};

describe('a changed link', () => {
	test('untouched_form_changes_nothing', () => {
		expect(patchOf(draftOf(link), link)).toEqual({});
	});

	test('preview_is_sent_whole_and_removed_when_all_of_it_is_empty', () => {
		const preview = { title: 'Spring', description: null, image: null };
		const draft = { ...draftOf(link), previewTitle: ' Spring ' };
		expect(patchOf(draft, link)).toEqual({ preview });
		const shown = { ...link, preview };
		expect(patchOf({ ...draftOf(shown), previewTitle: ' ' }, shown)).toEqual({ preview: null });
		expect(newLinkOf(duplicateOf(shown)).preview).toEqual(preview);
	});

	test('only_changed_fields_are_sent', () => {
		const draft = { ...draftOf(link), title: 'Summer', notes: 'For the fair' };
		expect(patchOf(draft, link)).toEqual({ title: 'Summer', notes: 'For the fair' });
	});

	test('emptied_field_is_reset', () => {
		const draft = { ...draftOf(link), title: ' ', expiresAt: '', maxClicks: '' };
		expect(patchOf(draft, link)).toEqual({ title: null, expires_at: null, max_clicks: null });
	});

	test('password_is_replaced_or_removed', () => {
		expect(patchOf({ ...draftOf(link), password: 'new word' }, link)).toEqual({ password: 'new word' });
		expect(patchOf({ ...draftOf(link), removesPassword: true }, link)).toEqual({ password: null });
	});

	test('disabling_sends_the_state', () => {
		expect(patchOf({ ...draftOf(link), isEnabled: false }, link)).toEqual({ state: 'disabled' });
	});
});

describe('a new link', () => {
	test('empty_fields_are_left_out', () => {
		const { url, ...rest } = newLinkOf({ ...emptyDraft(), url: ' https://example.com/ ' });
		expect(url).toBe('https://example.com/');
		expect(rest).not.toHaveProperty('alias');
		expect(rest).not.toHaveProperty('domain');
		expect(rest).not.toHaveProperty('title');
		expect(rest).not.toHaveProperty('expires_at');
	});

	test('duplicate_takes_neither_name_nor_external_id', () => {
		const copy = newLinkOf(duplicateOf(link));
		expect(copy).not.toHaveProperty('alias');
		expect(copy).not.toHaveProperty('external_id');
		expect(copy).toMatchObject({ url: link.url, title: 'Spring', tags: ['print'], rules: link.rules });
	});

	test('local_time_becomes_utc', () => {
		const local = draftOf(link).expiresAt;
		expect(newLinkOf({ ...emptyDraft(), url: link.url, expiresAt: local }).expires_at).toBe(link.expires_at);
	});
});

test('further_names_are_sent_without_empty_ones_and_errors_stand_at_theirs', () => {
	const aliases = [
		{ domain: 'go.example.com', code: ' ' },
		{ domain: 'go.example.com', code: 'a ' },
		{ domain: 'b.example.com', code: 'taken' }
	];
	const draft = { ...emptyDraft(), url: 'https://example.com/', aliases };
	expect(newLinkOf(draft).aliases).toEqual([
		{ domain: 'go.example.com', code: 'a' },
		{ domain: 'b.example.com', code: 'taken' }
	]);
	const errors = errorsByAlias(new Map([['aliases[1]', 'belongs to another link']]), draft);
	expect([...errors]).toEqual([['b.example.com/taken', 'belongs to another link']]);
});
