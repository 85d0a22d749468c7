import { expect, test } from 'vitest';
import { colorOf } from './color.ts';

test('color_is_read_as_people_copy_it', () => {
	expect(colorOf(' #1D4ED8 ')).toBe('#1d4ed8');
	expect(colorOf('1d4ed8')).toBe('#1d4ed8');
	for (const text of ['', 'blue', '#fff', '#1d4ed88', 'url(x)']) expect(colorOf(text)).toBeUndefined();
});
