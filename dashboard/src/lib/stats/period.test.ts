import { describe, expect, test } from 'vitest';
import { readPeriod } from './period.ts';

const now = new Date(2026, 10, 29, 15, 30);
const read = (query: string) => readPeriod(new URLSearchParams(query), now);

test('thirty_days_include_today_and_start_at_midnight', () => {
	const { from, to, interval } = read('');
	expect(from).toEqual(new Date(2026, 9, 31));
	expect(to).toBeUndefined();
	expect(interval).toBe('day');
});

test('last_hour_is_by_the_minute', () => {
	expect(read('range=1h').interval).toBe('minute');
});

test('dragged_range_goes_before_a_preset', () => {
	const period = read('range=90d&from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z');
	expect(period.range).toBe('custom');
	expect(period.interval).toBe('hour');
});

describe('interval', () => {
	test('that_makes_too_many_bars_is_not_offered', () => {
		expect(read('range=12m').intervals).not.toContain('day');
		expect(read('range=12m&interval=minute').interval).toBe('week');
	});

	test('minutes_are_offered_while_the_api_has_them', () => {
		const week = 7 * 86_400_000;
		const from = new Date(now.getTime() - week).toISOString();
		const to = new Date(now.getTime() - week + 3_600_000).toISOString();
		expect(read(`from=${from}&to=${to}`).intervals).not.toContain('minute');
	});

	test('there_is_always_one', () => {
		expect(read('from=2000-01-01T00:00:00Z').intervals.length).toBeGreaterThan(0);
		expect(read('from=2026-11-29T12:00:00Z&to=2026-11-29T12:00:30Z').intervals.length).toBeGreaterThan(0);
	});
});

test('unreadable_dates_are_ignored', () => {
	expect(read('from=yesterday').range).toBe('30d');
});
