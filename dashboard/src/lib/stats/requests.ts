// Statistics from the API's roll-ups.
import { answer, api } from '#lib/api/index.ts';
import { localTimeZone } from '#lib/format/index.ts';
import type { operations } from '@shortline/client';
import type { Interval, Period } from './period.ts';

export type Stats = operations['getStats']['responses'][200]['content']['application/json'];
export type Click = operations['listClicks']['responses'][200]['content']['application/json']['data'][number];
export type Group = NonNullable<Stats['groups']>[number];

/** From the ground up, as the chart stacks them. */
export const CLASSES = ['human', 'suspect', 'preview', 'prefetch', 'bot', 'head'] as const;
export type ClickClass = (typeof CLASSES)[number];

export const DIMENSIONS = [
	'referrer',
	'country',
	'device',
	'os',
	'browser',
	'language',
	'destination',
	'tier',
	'domain',
	'tag'
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** What is counted. A link excludes the others. */
export interface Scope {
	link?: string | undefined;
	domain?: string | undefined;
	tag?: string | undefined;
}

export interface StatsQuery {
	from: string;
	to?: string;
	timezone: string;
	interval: Interval;
	class?: ClickClass;
	group_by?: Dimension | 'class';
}

export function queryOf(period: Period): StatsQuery {
	return {
		from: period.from.toISOString(),
		...(period.to ? { to: period.to.toISOString() } : {}),
		timezone: localTimeZone(),
		interval: period.interval
	};
}

export function readStats(scope: Scope, query: StatsQuery, signal: AbortSignal): Promise<Stats> {
	if (scope.link) {
		const params = { path: { id: scope.link }, query };
		return answer(api.GET('/api/v1/links/{id}/stats', { params, signal }));
	}
	const { domain, tag } = scope;
	const params = { query: { ...query, ...(domain ? { domain } : {}), ...(tag ? { tag } : {}) } };
	return answer(api.GET('/api/v1/stats', { params, signal }));
}

export interface Layer {
	class: ClickClass;
	stats: Stats;
}

export interface Overview {
	/** All classes, grouped by them. */
	all: Stats;
	/** One series for each class that has clicks, people always. */
	layers: Layer[];
	human: Stats;
	previous: Stats | undefined;
}

export async function readOverview(
	scope: Scope,
	query: StatsQuery,
	only: ClickClass | undefined,
	comparing: boolean,
	signal: AbortSignal
): Promise<Overview> {
	const all = await readStats(scope, { ...query, group_by: 'class' }, signal);
	const present = CLASSES.filter(
		(each) => each === 'human' || all.groups?.some(({ value, clicks }) => value === each && clicks > 0)
	);
	// The answer's own range, so that all series have the same intervals.
	const same = { ...query, from: all.from, to: all.to };
	const before = { ...query, from: all.previous.from, to: all.previous.to, ...(only ? { class: only } : {}) };
	const [layers, previous] = await Promise.all([
		Promise.all(
			present.map(async (each) => ({
				class: each,
				stats: await readStats(scope, { ...same, class: each }, signal)
			}))
		),
		comparing ? readStats(scope, before, signal) : undefined
	]);
	const human = layers.find((layer) => layer.class === 'human')?.stats ?? all;
	return { all, layers: layers.filter((layer) => !only || layer.class === only), human, previous };
}
