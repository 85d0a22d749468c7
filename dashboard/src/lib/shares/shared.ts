// What a share shows to everyone who has its address.
import { answer, api } from '#lib/api/index.ts';
import type { Interval } from '#lib/stats/period.ts';
import { CLASSES, type Layer } from '#lib/stats/requests.ts';
import type { Schemas } from '@shortline/client';

export type SharedStatistics = Schemas['SharedStatistics'];
export const PERIODS = ['24h', '7d', '30d', '90d', '12mo'] as const;
export type SharedPeriod = (typeof PERIODS)[number];

export const INTERVAL_OF: Record<SharedPeriod, Interval> = {
	'24h': 'hour',
	'7d': 'day',
	'30d': 'day',
	'90d': 'day',
	'12mo': 'month'
};

export function readShared(
	token: string,
	period: SharedPeriod,
	signal: AbortSignal
): Promise<SharedStatistics> {
	return answer(
		api.GET('/api/v1/shared/{token}', { params: { path: { token }, query: { period } }, signal })
	);
}

/** People always, other classes where there are clicks of them. */
export function layersOfSeries(series: SharedStatistics['series']): Layer[] {
	return CLASSES.map((each) => {
		const clicks = series.map(({ classes }) => classes[each] ?? 0);
		return { class: each, clicks, total: clicks.reduce((sum, count) => sum + count, 0) };
	}).filter(({ class: each, total }) => each === 'human' || total > 0);
}
