// The rows of a table as the API takes them.
import type { Field, Mapping } from './fields.ts';
import type { ImportedLink, ImportRow } from './requests.ts';
import type { Table } from './table.ts';
import { dayOrderOf, jsonOf, readBoolean, readDate, readTags, urlOf, type DayOrder } from './values.ts';

export interface RowOptions {
	/** The hosts of the installation. */
	domains: readonly string[];
	/** For names of other hosts. */
	domain: string;
}

const DATES = ['created_at', 'starts_at', 'expires_at'] as const;
const STATES: Record<string, 'active' | 'disabled'> = {
	active: 'active',
	enabled: 'active',
	aktiv: 'active',
	disabled: 'disabled',
	inactive: 'disabled',
	paused: 'disabled',
	inaktiv: 'disabled',
	deaktiviert: 'disabled'
};

/** A row is known by its position, so that a reload or a second try of the same file sends each of them once. */
export function rowsOf(table: Table, mapping: Mapping, options: RowOptions): ImportRow[] {
	const columns = new Map<Field, number>();
	mapping.forEach((field, column) => field && columns.set(field, column));
	const orders = new Map<Field, DayOrder>();
	for (const field of DATES) {
		const column = columns.get(field);
		if (column !== undefined) orders.set(field, dayOrderOf(table.rows.map((row) => row[column] ?? '')));
	}
	return table.rows.map((row, position) => {
		const cell = (field: Field) => row[columns.get(field) ?? -1] ?? '';
		const link: ImportedLink = { url: destinationOf(cell('url')), ...nameOf(cell, options) };
		for (const field of columns.keys()) {
			const text = cell(field);
			if (text && !(field in link) && field !== 'short_url') {
				const value = valueOf(field, text, orders.get(field) ?? 'day-first');
				if (value !== undefined) link[field as keyof ImportedLink] = value;
			}
		}
		return { row_id: String(position + 1), link };
	});
}

function destinationOf(text: string): string {
	return /^[a-z][a-z0-9+.-]*:/i.test(text) || !urlOf(text) ? text : `https://${text}`;
}

/** The name stands in a column of its own, or is the path of the old short URL. */
function nameOf(cell: (field: Field) => string, { domains, domain }: RowOptions): ImportedLink {
	const short = urlOf(cell('short_url'));
	const path = short && decoded(short.pathname.replace(/^\//, ''));
	const alias = pathOf(cell('alias')) || path;
	const host = hostOf(cell('domain')) || short?.host;
	const chosen = host && domains.includes(host) ? host : domain;
	return { ...(alias ? { alias } : {}), ...(chosen ? { domain: chosen } : {}) };
}

/** Some lists name a link by its whole short URL. */
function pathOf(text: string): string {
	const url = text.includes('/') ? urlOf(text) : undefined;
	return url ? decoded(url.pathname.replace(/^\//, '')) : text.replace(/^\//, '');
}

function hostOf(text: string): string {
	return (urlOf(text)?.host ?? text).toLowerCase();
}

function decoded(path: string): string {
	try {
		return decodeURIComponent(path);
	} catch {
		return path;
	}
}

function valueOf(field: Field, text: string, order: DayOrder): unknown {
	switch (field) {
		case 'created_at':
		case 'starts_at':
		case 'expires_at':
			return readDate(text, order) ?? text;
		case 'tags':
			return readTags(text);
		case 'max_clicks':
		case 'status':
			return /^\d+$/.test(text) ? Number(text) : text;
		case 'archived':
		case 'forward_query':
		case 'forward_path':
			return readBoolean(text) ?? text;
		case 'state':
			return stateOf(text);
		case 'rules':
			return jsonOf(text) ?? text;
		case 'expired_url':
			return destinationOf(text);
		default:
			return text;
	}
}

/** The other states follow from dates and clicks, so they are nothing to import. */
function stateOf(text: string): 'active' | 'disabled' | undefined {
	const isEnabled = readBoolean(text);
	return (
		STATES[text.toLowerCase()] ?? (isEnabled === undefined ? undefined : isEnabled ? 'active' : 'disabled')
	);
}

/** Of one request. The API hashes no more of them at once. */
const MOST_PASSWORDS = 20;

/** As they are sent: neither too many nor too long for one request, which may have 4 MB. */
export function batchesOf(
	rows: readonly ImportRow[],
	most: number,
	mostCharacters = 1_000_000
): ImportRow[][] {
	const batches: ImportRow[][] = [];
	let characters = 0;
	let passwords = 0;
	for (const row of rows) {
		const length = JSON.stringify(row).length;
		const password = row.link.password ? 1 : 0;
		const batch = batches.at(-1);
		const fits = characters + length <= mostCharacters && passwords + password <= MOST_PASSWORDS;
		if (batch && batch.length < most && fits) {
			batch.push(row);
			characters += length;
			passwords += password;
		} else {
			batches.push([row]);
			characters = length;
			passwords = password;
		}
	}
	return batches;
}

/** Rows whose name an earlier row has, with that row. A check sees this within one request only. */
export function repeatedNames(rows: readonly ImportRow[]): ReadonlyMap<string, string> {
	const first = new Map<string, string>();
	const repeated = new Map<string, string>();
	for (const { row_id, link } of rows) {
		if (typeof link.alias !== 'string') continue;
		const name = `${String(link.domain ?? '')}/${link.alias}`;
		const earlier = first.get(name);
		if (earlier === undefined) first.set(name, row_id);
		else repeated.set(row_id, earlier);
	}
	return repeated;
}
