import { expect, test } from 'vitest';
import { imbalance } from './accounting.ts';
import { nameOfOrphan } from './orphan-name.ts';

test('every_click_has_one_place', () => {
	const totals = {
		produced: 10,
		stored: 5,
		dropped: { buffer_full: 1, queue_refused: 1 },
		dead_lettered: 2,
		missing: 1
	};
	expect(imbalance(totals)).toBe(0);
	expect(imbalance({ ...totals, stored: 4 })).toBe(1);
});

test('orphan_keeps_the_segments_of_its_name', () => {
	expect(nameOfOrphan('go.example.com/spring/sale')).toEqual({
		domain: 'go.example.com',
		alias: 'spring/sale'
	});
	expect(nameOfOrphan('go.example.com')).toEqual({ domain: 'go.example.com', alias: '' });
});
