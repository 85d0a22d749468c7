import { describe, expect, test } from 'vitest';
import { domainPatch, draftOfDomain, rebased, undoOf } from './domain-draft.ts';
import type { DomainWithFiles } from './domains.ts';

const domain = {
	host: 'go.example.com',
	default: false,
	created_at: '2026-11-29T11:11:25.072Z',
	home_url: 'https://brand.example/',
	not_found_url: null,
	expired_url: null,
	robots: 'allow',
	ignore_case: false,
	name: 'Brand',
	color: '1d4ed8',
	logo_url: 'https://go.example.com/.well-known/shortline-logo.png?v=01234567',
	apple_app_site_association: null,
	assetlinks: [{ relation: ['delegate_permission/common.handle_all_urls'] }]
} as unknown as DomainWithFiles;
const draft = draftOfDomain(domain);

describe('patch of a domain', () => {
	test('untouched_form_changes_nothing', () => {
		expect(domainPatch(draft, domain)).toEqual({});
	});

	test('only_changed_fields_are_sent', () => {
		const changed = {
			...draft,
			notFoundUrl: ' https://brand.example/?q={path} ',
			isFollowedByRobots: false,
			ignoresCase: true
		};
		expect(domainPatch(changed, domain)).toEqual({
			not_found_url: 'https://brand.example/?q={path}',
			robots: 'disallow',
			ignore_case: true
		});
	});

	test('emptied_field_is_cleared_by_null', () => {
		const emptied = { ...draft, homeUrl: '', name: ' ', color: '', logo: null, android: '\n' };
		expect(domainPatch(emptied, domain)).toEqual({
			home_url: null,
			name: null,
			color: null,
			logo: null,
			assetlinks: null
		});
	});

	test('another_way_to_write_the_same_is_no_change', () => {
		const same = { ...draft, color: '1D4ED8', android: JSON.stringify(domain.assetlinks) };
		expect(domainPatch(same, domain)).toEqual({});
	});

	test('text_that_is_no_json_is_a_change', () => {
		expect(domainPatch({ ...draft, apple: '{"a": ' }, domain)).toHaveProperty('apple_app_site_association');
	});

	test('logo_that_never_was_is_not_removed', () => {
		expect(domainPatch({ ...draft, logo: null }, { ...domain, logo_url: null })).toEqual({});
	});
});

describe('undo of a change', () => {
	test('undo_brings_back_what_was_there', () => {
		const patch = {
			name: 'Other',
			expired_url: 'https://brand.example/over',
			logo: 'data:image/png;base64,AA=='
		};
		expect(undoOf(patch, domain, 'data:image/png;base64,BB==')).toEqual({
			name: 'Brand',
			expired_url: null,
			logo: 'data:image/png;base64,BB=='
		});
		expect(undoOf({ logo: 'data:,' }, { ...domain, logo_url: null }, undefined)).toEqual({ logo: null });
	});

	test('logo_that_cannot_be_read_leaves_no_undo', () => {
		expect(undoOf({ name: 'Other', logo: null }, domain, undefined)).toBeUndefined();
		expect(undoOf({ name: 'Other' }, domain, undefined)).toEqual({ name: 'Brand' });
	});
});

test('what_is_typed_while_saving_stays', () => {
	const sent = { ...draft, homeUrl: 'https://brand.example', logo: 'data:,' };
	const meanwhile = { ...sent, name: 'Brand & Co' };
	const stored = { ...draft, homeUrl: 'https://brand.example/' };
	expect(rebased(meanwhile, sent, stored)).toEqual({ ...stored, name: 'Brand & Co', logo: undefined });
});
