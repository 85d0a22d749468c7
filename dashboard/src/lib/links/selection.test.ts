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
