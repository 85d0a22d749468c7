// Rows as CSV (RFC 4180), safe to open in a spreadsheet.
import type { Link } from '#lib/api/index.ts';

/** A cell that begins like a formula would be run by a spreadsheet. */
const FORMULA = /^[=+\-@\t\r]/;

export type Cell = string | number | null;

export function csvCell(value: Cell): string {
	if (value === null) return '';
	if (typeof value === 'number') return String(value);
	const text = FORMULA.test(value) ? `'${value}` : value;
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvOf(header: string[], rows: Cell[][]): string {
	return [header, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n';
}

export function linksAsCsv(links: readonly Link[]): string {
	const header = [
		'short_url',
		'url',
		'title',
		'tags',
		'state',
		'clicks',
		'clicks_human',
		'clicks_bot',
		'created_at',
		'id'
	];
	return csvOf(
		header,
		links.map((link) => [
			link.short_url,
			link.url,
			link.title,
			link.tags.join(', '),
			link.state,
			link.clicks.total,
			link.clicks.human,
			link.clicks.bot,
			link.created_at,
			link.id
		])
	);
}
