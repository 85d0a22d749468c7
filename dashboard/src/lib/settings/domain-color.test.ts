import { expect, test } from 'vitest';
import { contrast, weakSchemes } from './domain-color.ts';

test('contrast_is_that_of_wcag', () => {
	expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
	expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
	expect(contrast('#ffffff', '#777777')).toBeCloseTo(4.48, 2);
	expect(contrast('#123456', '#123456')).toBe(1);
});

test('color_near_the_page_is_weak_on_such_devices', () => {
	expect(weakSchemes('#ffe14d')).toEqual(['light']);
	expect(weakSchemes('#1b1b3a')).toEqual(['dark']);
	expect(weakSchemes('#0f8f6b')).toEqual([]);
});
