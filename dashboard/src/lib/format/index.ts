// Numbers, dates and names as the person's locale writes them.
import { locale } from '#lib/i18n/index.ts';

type Make<T> = () => T;

/** Formatters are expensive to make: each once, after the locale is known. */
function once<T>(make: Make<T>): Make<T> {
	let made: T | undefined;
	return () => (made ??= make());
}

/** By the person's own time zone unless another is named. */
function perZone(make: (timeZone: string | undefined) => Intl.DateTimeFormat) {
	const made = new Map<string | undefined, Intl.DateTimeFormat>();
	return (timeZone: string | undefined) => {
		const known = made.get(timeZone) ?? make(timeZone);
		made.set(timeZone, known);
		return known;
	};
}

const whole = once(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }));
const short = once(() => new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }));
const share = once(() => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }));
const change = once(
	() =>
		new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' })
);
const day = perZone((timeZone) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }));
const moment = perZone(
	(timeZone) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone })
);
const clock = once(() => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }));
const kilobytes = once(
	() => new Intl.NumberFormat(locale, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 1 })
);
const ago = once(() => new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }));
const regions = once(() => new Intl.DisplayNames(locale, { type: 'region', fallback: 'code' }));
const languages = once(() => new Intl.DisplayNames(locale, { type: 'language', fallback: 'code' }));

export const formatNumber = (value: number) => whole().format(value);
export const formatCompact = (value: number) => short().format(value);
export const formatShare = (value: number) => share().format(value);
export const formatChange = (value: number) => change().format(value);
export const formatDay = (time: string | number | Date, timeZone?: string) =>
	day(timeZone).format(new Date(time));
export const formatTime = (time: string | number | Date, timeZone?: string) =>
	moment(timeZone).format(new Date(time));
export const formatClock = (time: string | number | Date) => clock().format(new Date(time));

/** Of 1,024 bytes each, as the API counts them. */
export const formatKilobytes = (bytes: number) => kilobytes().format(bytes / 1024);

const SECONDS: [Intl.RelativeTimeFormatUnit, number][] = [
	['year', 31_536_000],
	['month', 2_592_000],
	['week', 604_800],
	['day', 86_400],
	['hour', 3_600],
	['minute', 60],
	['second', 1]
];

/** "3 days ago", "in 2 hours". */
export function formatRelative(time: string | number | Date, now = Date.now()): string {
	const seconds = (new Date(time).getTime() - now) / 1000;
	const [unit, length] = SECONDS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
	return ago().format(Math.trunc(seconds / length), unit);
}

export function countryName(code: string): string {
	if (!/^[A-Z]{2}$/.test(code)) return code;
	return regions().of(code) ?? code;
}

export function languageName(tag: string): string {
	try {
		return languages().of(tag) ?? tag;
	} catch {
		return tag;
	}
}

/** A destination without scheme and trailing slash, for lists. */
export function bareUrl(url: string): string {
	return url.replace(/^https?:\/\/(www\.)?/, '').replace(/\/$/, '');
}

export const localTimeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
