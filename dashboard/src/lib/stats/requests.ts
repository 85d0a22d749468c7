// Statistics from the API's roll-ups.
import { answerAsJson, api } from '#lib/api/index.ts';
import { localTimeZone } from '#lib/format/index.ts';
import type { operations } from '@shortline/client';
import type { Interval, Period } from './period.ts';

export type Stats = operations['getStats']['responses'][200]['content']['application/json'];
export type Click = operations['listClicks']['responses'][200]['content']['application/json']['data'][number];
export type FollowedClick =
	operations['followClicks']['responses'][200]['content']['application/json']['data'][number];
export type Group = NonNullable<Stats['groups']>[number];

/** From the ground up, as the chart stacks them. */
export const CLASSES = ['human', 'suspect', 'preview', 'prefetch', 'bot', 'head', 'imported'] as const;
export type ClickClass = (typeof CLASSES)[number];

/** What a click may be filtered by, besides the link, its domain and its tags. */
export const FILTERS = [
	'referrer',
	'country',
	'region',
	'city',
	'device',
	'os',
	'os_version',
	'browser',
	'browser_version',
	'language',
	'destination',
	'tier',
	'utm_source',
	'utm_medium',
	'utm_campaign',
	'utm_term',
	'utm_content'
] as const;
export type Filter = (typeof FILTERS)[number];
export type Dimension = Filter | 'domain' | 'tag' | 'link';

/** What is counted. A link excludes domain and tag. */
export type Scope = Partial<Record<'link' | 'domain' | 'tag' | Filter, string | undefined>>;

/** Values that combine others cannot be filtered by. */
export const canFilterBy = (value: string) => value !== '(other)' && value !== '';

export interface StatsQuery {
	from: string;
	to?: string;
	timezone: string;
	interval: Interval;
	class?: ClickClass;
	group_by?: Dimension | 'class' | 'hour_of_week';
	split?: 'class';
}

export function queryOf(period: Period): StatsQuery {
	return {
		from: period.from.toISOString(),
		...(period.to ? { to: period.to.toISOString() } : {}),
		timezone: localTimeZone(),
		interval: period.interval
	};
}

export async function readStats(scope: Scope, query: StatsQuery, signal: AbortSignal): Promise<Stats> {
	const { link, ...rest } = scope;
	const filters = Object.fromEntries(Object.entries(rest).filter(([, value]) => value));
	const options = { signal, parseAs: 'json' as const };
	const read = link
		? api.GET('/api/v1/links/{id}/stats', {
				params: { path: { id: link }, query: { ...query, ...filters } },
				...options
			})
		: api.GET('/api/v1/stats', { params: { query: { ...query, ...filters } }, ...options });
	return answerAsJson<Stats | string>(read);
}

export interface Layer {
	class: ClickClass;
	total: number;
	/** For each point of the series. */
	clicks: number[];
}

/** What a chart over time shows. */
export interface Timeline {
	/** All classes. */
	all: Pick<Stats, 'from' | 'to' | 'timezone' | 'total' | 'series'>;
	/** Each class that has clicks, people always. */
	layers: Layer[];
	previous?: Pick<Stats, 'series'> | undefined;
}

export interface Overview extends Timeline {
	/** Grouped by class. */
	all: Stats;
	human: Stats;
}

export async function readOverview(
	scope: Scope,
	query: StatsQuery,
	only: ClickClass | undefined,
	comparing: boolean,
	signal: AbortSignal
): Promise<Overview> {
	const [all, human] = await Promise.all([
		readStats(scope, { ...query, group_by: 'class', split: 'class' }, signal),
		readStats(scope, { ...query, class: 'human' }, signal)
	]);
	const { from, to } = all.previous;
	const before = { ...query, from, to, ...(only ? { class: only } : {}) };
	const previous = comparing ? await readStats(scope, before, signal) : undefined;
	return { all, layers: layersOf(all, only), human, previous };
}

export function layersOf(all: Stats, only: ClickClass | undefined): Layer[] {
	const totals = new Map(all.groups?.map(({ value, clicks }) => [value, clicks]));
	const present = CLASSES.filter((each) => each === 'human' || (totals.get(each) ?? 0) > 0);
	return present
		.filter((each) => !only || each === only)
		.map((each) => ({
			class: each,
			total: totals.get(each) ?? 0,
			clicks: all.series.map(({ classes }) => classes?.[each] ?? 0)
		}));
}
