import { expect, test } from 'vitest';
import { propagationOf } from './propagation.ts';

const updated_at = '2026-11-29T12:00:00Z';
const after = (seconds: number) => Date.parse(updated_at) + seconds * 1_000;

test('change_is_visible_once_its_revision_is_confirmed', () => {
	expect(propagationOf({ revision: 3, published_revision: 3, updated_at }, after(1))).toBe('published');
	expect(propagationOf({ revision: 3, published_revision: 2, updated_at }, after(1))).toBe('pending');
	expect(propagationOf({ revision: 1, published_revision: null, updated_at }, after(1))).toBe('pending');
});

test('change_without_confirmation_is_late_after_a_minute', () => {
	expect(propagationOf({ revision: 3, published_revision: 2, updated_at }, after(61))).toBe('late');
});
