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
	/** For columns whose dates do not tell. */
	dayOrder?: DayOrder | undefined;
}

/** What other fields follow from, and what is not sent itself. */
const ONLY_READ = ['short_url', 'aliases', 'state', 'clicks', 'password_protected'] as const;
type OnlyRead = (typeof ONLY_READ)[number];
const isOnlyRead = (field: Field): field is OnlyRead => (ONLY_READ as readonly Field[]).includes(field);
/** Columns where "yes" says that a link is off. */
const NEGATIVE = /^(is.?)?(disabled|inactive|inaktiv|paused|deactivated|deaktiviert)$/i;

const DATES = ['created_at', 'starts_at', 'expires_at'] as const;
const STATES: Record<string, 'active' | 'disabled'> = {
	active: 'active',
	enabled: 'active',
	aktiv: 'active',
	disabled: 'disabled',
	inactive: 'disabled',
	paused: 'disabled',
	exhausted: 'disabled',
	blocked: 'disabled',
	inaktiv: 'disabled',
	deaktiviert: 'disabled'
};

/** A row is known by its position, so that a reload or a second try of the same file sends each of them once. */
export function rowsOf(table: Table, mapping: Mapping, options: RowOptions): ImportRow[] {
	const columns = new Map<Field, number>();
	mapping.forEach((field, column) => field && columns.set(field, column));
	const isNegative = NEGATIVE.test(table.header[columns.get('state') ?? -1] ?? '');
	const orders = new Map<Field, DayOrder>();
	for (const [field, order] of dayOrders(table, mapping))
		orders.set(field, typeof order === 'string' ? order : (options.dayOrder ?? 'month-first'));
	return table.rows.map((row, position) => {
		const cell = (field: Field) => row[columns.get(field) ?? -1] ?? '';
		const link: ImportedLink = { url: destinationOf(cell('url')), ...nameOf(cell, options) };
		for (const field of columns.keys()) {
			const text = cell(field);
			if (text && !(field in link) && !isOnlyRead(field)) {
				const value = valueOf(field, text, orders.get(field) ?? 'day-first');
				if (value !== undefined) link[field] = value;
			}
		}
		const state = stateOf(cell('state'), isNegative);
		if (state) link.state = state;
		closeWhereNeeded(link, cell);
		return { row_id: String(position + 1), link };
	});
}

function dayOrders(table: Table, mapping: Mapping) {
	return DATES.flatMap((field) => {
		const column = mapping.indexOf(field);
		return column < 0 ? [] : [[field, dayOrderOf(table.rows.map((row) => row[column] ?? ''))] as const];
	});
}

/** A date that is read one way or the other, and no other date of its column tells which. */
export function ambiguousDate(table: Table, mapping: Mapping): string | undefined {
	for (const [, order] of dayOrders(table, mapping)) if (typeof order === 'object') return order.either;
	return undefined;
}

function destinationOf(text: string): string {
	return /^[a-z][a-z0-9+.-]*:/i.test(text) || !urlOf(text) ? text : `https://${text}`;
}

/** The path of the old short URL, which is printed somewhere; without one, the column of names. */
function nameOf(cell: (field: Field) => string, { domains, domain }: RowOptions): ImportedLink {
	const short = urlOf(cell('short_url'));
	const path = short && decoded(short.pathname.replace(/^\//, ''));
	const alias = path || pathOf(cell('alias'));
	const host = hostOf(cell('domain')) || short?.host;
	const chosen = ourHost(host, { domains, domain });
	const aliases = readTags(cell('aliases')).map((text) => furtherName(text, chosen, { domains, domain }));
	return {
		...(alias ? { alias } : {}),
		...(aliases.length > 0 ? { aliases } : {}),
		...(chosen ? { domain: chosen } : {})
	};
}

function ourHost(host: string | undefined, { domains, domain }: RowOptions): string {
	return host && domains.includes(host) ? host : domain;
}

/** `name`, `host/name` or a whole short URL. */
function furtherName(text: string, domain: string, options: RowOptions) {
	const url = text.includes('/') ? urlOf(text) : undefined;
	const code = pathOf(text);
	return url ? { domain: ourHost(url.host, options), code } : { domain, code };
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

/** A link whose password is not known, or whose limit is used up, must not be open to everyone. */
function closeWhereNeeded(link: ImportedLink, cell: (field: Field) => string): void {
	const isProtected = readBoolean(cell('password_protected')) ?? true;
	if (link.password === UNKNOWN || (link.password === undefined && isProtected)) {
		delete link.password;
		link.state = 'disabled';
	}
	const used = Number(cell('clicks'));
	if (typeof link.max_clicks !== 'number' || !(used > 0)) return;
	link.max_clicks -= used;
	if (link.max_clicks > 0) return;
	delete link.max_clicks;
	link.state = 'disabled';
}

/** In place of a password that the file does not say. */
const UNKNOWN = Symbol('unknown');
/** Crypt, PHC, bare hexadecimal digests, and asterisks. */
const HASH = /^(\$[^$]*\$.*|[*•]+|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i;

/** A column of passwords may only say whether there is one. */
function passwordOf(text: string): unknown {
	const isSet = readBoolean(text);
	if (isSet === false) return undefined;
	return isSet || HASH.test(text) ? UNKNOWN : text;
}

function valueOf(field: Exclude<Field, OnlyRead>, text: string, order: DayOrder): unknown {
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
		case 'password':
			return passwordOf(text);
		case 'rules':
		case 'preview':
			return jsonOf(text) ?? text;
		case 'expired_url':
			return destinationOf(text);
		default:
			return text;
	}
}

/** The other states follow from dates and clicks, so they are nothing to import. */
function stateOf(text: string, isNegative: boolean): 'active' | 'disabled' | undefined {
	const isYes = text ? readBoolean(text) : undefined;
	return (
		STATES[text.toLowerCase()] ??
		(isYes === undefined ? undefined : isYes !== isNegative ? 'active' : 'disabled')
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
