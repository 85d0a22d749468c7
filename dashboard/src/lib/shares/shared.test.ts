import { expect, test } from 'vitest';
import { layersOfSeries } from './shared.ts';

const point = (classes: Record<string, number>) => ({
	start: '2026-11-01T00:00:00Z',
	clicks: 0,
	visitors: 0,
	classes
});

test('classes_with_clicks_are_layers_and_people_always', () => {
	expect(layersOfSeries([point({ bot: 2 }), point({ bot: 1 })])).toEqual([
		{ class: 'human', clicks: [0, 0], total: 0 },
		{ class: 'bot', clicks: [2, 1], total: 3 }
	]);
});
