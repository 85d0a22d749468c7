import { expect, test } from 'vitest';
import { Selection } from './selection.svelte.ts';

const shown = ['a', 'b', 'c', 'd'];

test('range_follows_the_last_toggled_link', () => {
	const selection = new Selection();
	selection.toggle('b', shown);
	selection.toggle('d', shown, true);
	expect([...selection.ids].sort()).toEqual(['b', 'c', 'd']);
	selection.toggle('c', shown, true);
	expect([...selection.ids].sort()).toEqual(['b']);
});

test('range_without_a_start_is_one_link', () => {
	const selection = new Selection();
	selection.toggle('c', shown, true);
	expect([...selection.ids]).toEqual(['c']);
});

test('all_are_selected_only_if_each_shown_link_is', () => {
	const selection = new Selection();
	selection.setAll(shown, true);
	expect(selection.hasAll(shown)).toBe(true);
	expect(selection.hasAll(['a', 'b', 'c', 'e'])).toBe(false);
	expect(selection.hasAll(['a', 'b'])).toBe(true);
	expect(selection.hasAll([])).toBe(false);
});
