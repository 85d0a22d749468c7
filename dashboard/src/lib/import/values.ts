// What a cell says. A column is looked at as a whole, since "3/4/2026" alone says nothing.

const DATE =
	/^(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?$/;
/** Seconds or milliseconds between 2001 and 2286. */
const UNIX = /^[1-9]\d{9}(\d{3})?$/;
const NAMED_MONTH = /^(?=.*\d{4})(?=.*(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))[\w\s,:+.()-]+$/i;

export type DayOrder = 'day-first' | 'month-first';

export const isDate = (text: string) =>
	readDate(text, 'day-first') !== undefined || readDate(text, 'month-first') !== undefined;

/** With dots the day comes first everywhere; with slashes a number above 12 tells. Else a date that can be read both ways. */
export function dayOrderOf(values: readonly string[]): DayOrder | { either: string } {
	let either: string | undefined;
	for (const value of values) {
		const found = DATE.exec(value);
		if (!found || found[1]?.length === 4) continue;
		if (value.includes('.') || Number(found[1]) > 12) return 'day-first';
		if (Number(found[2]) > 12) return 'month-first';
		if (Number(found[1]) !== Number(found[2])) either ??= value;
	}
	return either === undefined ? 'month-first' : { either };
}

/** The time in UTC, where the text names no other zone. */
export function readDate(text: string, order: DayOrder): string | undefined {
	if (UNIX.test(text)) return new Date(Number(text) * (text.length === 10 ? 1_000 : 1)).toISOString();
	const found = DATE.exec(text);
	if (!found)
		return NAMED_MONTH.test(text)
			? isoOf(
					new Date(/\d:\d/.test(text) && !/(Z|UTC|GMT|[+-]\d{2}:?\d{2})\b/.test(text) ? `${text} UTC` : text)
				)
			: undefined;
	const [, first = '', second = '', third = '', hour, minute = '0', seconds = '0', half, zone] = found;
	const isYearFirst = first.length === 4;
	if (!isYearFirst && third.length !== 4) return undefined;
	const [year, month, day] = isYearFirst
		? [first, second, third]
		: order === 'day-first'
			? [third, second, first]
			: [third, first, second];
	const hours =
		hour === undefined ? 0 : (Number(hour) % (half ? 12 : 24)) + (half?.toLowerCase() === 'pm' ? 12 : 0);
	const date = new Date(
		Date.UTC(Number(year), Number(month) - 1, Number(day), hours, Number(minute), Number(seconds))
	);
	// The 31st of February is no day.
	if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
	return isoOf(new Date(date.getTime() - offsetMillis(zone)));
}

function isoOf(date: Date): string | undefined {
	return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function offsetMillis(zone: string | undefined): number {
	const found = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '');
	if (!found) return 0;
	const minutes = Number(found[2]) * 60 + Number(found[3]);
	return (found[1] === '-' ? -minutes : minutes) * 60_000;
}

const YES = new Set(['true', 'yes', 'y', '1', 'on', 'ja', 'wahr', 'x']);
const NO = new Set(['false', 'no', 'n', '0', 'off', 'nein', 'falsch', '']);

export function readBoolean(text: string): boolean | undefined {
	const word = text.toLowerCase();
	if (YES.has(word)) return true;
	return NO.has(word) ? false : undefined;
}

const SEPARATORS = /[,;|]/;

/** A tag may contain spaces, so they separate nothing. */
export function readTags(text: string): string[] {
	const list = text.startsWith('[') ? jsonOf(text) : undefined;
	const tags = Array.isArray(list) ? list.map(String) : text.split(SEPARATORS);
	return [...new Set(tags.map((tag) => tag.trim()).filter(Boolean))];
}

export function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** Most lists leave the scheme of short links out. */
export function urlOf(text: string): URL | undefined {
	const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
	if (!/^https?:\/\/[^\s/]+\.[^\s/.]{2,}|^https?:\/\/(localhost|\[)/i.test(whole) || /\s/.test(text))
		return undefined;
	return URL.canParse(whole) ? new URL(whole) : undefined;
}
