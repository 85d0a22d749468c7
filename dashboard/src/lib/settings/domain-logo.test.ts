import { expect, test } from 'vitest';
import { fitted } from './domain-logo.ts';

test('large_picture_is_scaled_with_its_proportions', () => {
	expect(fitted(1_200, 300, 512)).toEqual({ width: 512, height: 128 });
	expect(fitted(300, 1_200, 512)).toEqual({ width: 128, height: 512 });
	expect(fitted(9_000, 2, 512)).toEqual({ width: 512, height: 1 });
});

test('small_picture_stays_and_one_without_size_fills_the_square', () => {
	expect(fitted(64, 32, 512)).toEqual({ width: 64, height: 32 });
	expect(fitted(0, 0, 512)).toEqual({ width: 512, height: 512 });
});
