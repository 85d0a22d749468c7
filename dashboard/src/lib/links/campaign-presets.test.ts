import { beforeEach, expect, test } from 'vitest';
import { session } from '#lib/state/session.svelte.ts';
import { CampaignPresets } from './campaign-presets.svelte.ts';

const signedInBy = (keyId: string | null) =>
	session.start({ role: 'editor', keyId, actions: null, isBound: false, name: 'Key', expiresAt: null });

beforeEach(() => {
	localStorage.clear();
	signedInBy('a');
});

test('presets_are_kept_apart_for_each_key', () => {
	new CampaignPresets().keep('Newsletter', { utm_source: 'mail' });
	expect(new CampaignPresets().list).toEqual([{ name: 'Newsletter', values: { utm_source: 'mail' } }]);
	signedInBy(null);
	expect(new CampaignPresets().list).toEqual([]);
});

test('preset_of_the_same_name_is_replaced_and_goes_when_removed', () => {
	const presets = new CampaignPresets();
	presets.keep('Poster', { utm_medium: 'print' });
	presets.keep('Poster', { utm_medium: 'poster' });
	expect(new CampaignPresets().list).toEqual([{ name: 'Poster', values: { utm_medium: 'poster' } }]);
	presets.remove('Poster');
	expect(new CampaignPresets().list).toEqual([]);
});

test('storage_with_something_else_is_no_preset', () => {
	localStorage.setItem(
		'shortline-campaigns:a',
		'[1, {"name": "x"}, {"name": "y", "values": {"utm_term": 2, "a": "b"}}]'
	);
	expect(new CampaignPresets().list).toEqual([{ name: 'y', values: {} }]);
});
