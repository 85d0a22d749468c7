// The period that statistics are for, from the page's address. Days start by the person's time zone.
import type { Query } from '#lib/state/query.ts';

export const RANGES = ['1h', '24h', '7d', '30d', '90d', '12m'] as const;
export type Range = (typeof RANGES)[number];
export const INTERVALS = ['minute', 'hour', 'day', 'week', 'month'] as const;
export type Interval = (typeof INTERVALS)[number];

export const DEFAULT_RANGE: Range = '30d';
/** As Plausible has them. */
export const RANGE_KEYS: Record<Range, string> = {
	'1h': 'r',
	'24h': 'd',
	'7d': 'w',
	'30d': 't',
	'90d': 'n',
	'12m': 'l'
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** More intervals than this are too thin to see. */
const MOST_INTERVALS = 200;
/** The API keeps minutes for 48 hours. */
const MINUTES_KEPT = 2 * DAY;
const LENGTHS: Record<Interval, number> = {
	minute: 60_000,
	hour: HOUR,
	day: DAY,
	week: 7 * DAY,
	month: 30 * DAY
};

export interface Period {
	range: Range | 'custom';
	from: Date;
	/** Undefined for now. */
	to: Date | undefined;
	interval: Interval;
	/** Those that the period can be shown by. */
	intervals: Interval[];
}

export function readPeriod(query: Query, now: Date): Period {
	const custom = readCustom(query);
	const range = RANGES.find((each) => each === query.get('range')) ?? DEFAULT_RANGE;
	const from = custom?.from ?? startOf(range, now);
	const to = custom?.to;
	const intervals = intervalsFor(from, to ?? now, now);
	const wanted = INTERVALS.find((each) => each === query.get('interval'));
	return {
		range: custom ? 'custom' : range,
		from,
		to,
		interval: wanted && intervals.includes(wanted) ? wanted : naturalInterval(from, to ?? now, intervals),
		intervals
	};
}

function readCustom(query: Query): { from: Date; to: Date | undefined } | undefined {
	const from = new Date(query.get('from') ?? '');
	const to = new Date(query.get('to') ?? '');
	if (Number.isNaN(from.getTime())) return undefined;
	return { from, to: Number.isNaN(to.getTime()) ? undefined : to };
}

function startOf(range: Range, now: Date): Date {
	if (range === '1h') return new Date(now.getTime() - HOUR);
	if (range === '24h') return new Date(now.getTime() - DAY);
	const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
	if (range === '12m') return new Date(now.getFullYear() - 1, now.getMonth(), now.getDate() + 1);
	const days = { '7d': 6, '30d': 29, '90d': 89 }[range];
	midnight.setDate(midnight.getDate() - days);
	return midnight;
}

function intervalsFor(from: Date, to: Date, now: Date): Interval[] {
	const length = to.getTime() - from.getTime();
	const possible = INTERVALS.filter((interval) => {
		const count = length / LENGTHS[interval];
		if (interval === 'minute' && from.getTime() < now.getTime() - MINUTES_KEPT) return false;
		return count <= MOST_INTERVALS && count >= 1;
	});
	return possible.length > 0 ? possible : [length > DAY ? 'month' : 'minute'];
}

/** The one that gives a readable number of bars. */
function naturalInterval(from: Date, to: Date, intervals: Interval[]): Interval {
	const length = to.getTime() - from.getTime();
	const readable = intervals.find((interval) => length / LENGTHS[interval] <= 92);
	return readable ?? intervals.at(-1) ?? 'day';
}
