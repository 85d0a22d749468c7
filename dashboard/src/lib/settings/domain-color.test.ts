import { expect, test } from 'vitest';
import { colorOf, contrast, weakSchemes } from './domain-color.ts';

test('color_is_read_as_people_copy_it', () => {
	expect(colorOf(' #1D4ED8 ')).toBe('#1d4ed8');
	expect(colorOf('1d4ed8')).toBe('#1d4ed8');
	for (const text of ['', 'blue', '#fff', '#1d4ed88', 'url(x)']) expect(colorOf(text)).toBeUndefined();
});

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
