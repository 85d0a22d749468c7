// Recognises the columns of a file by their values; their names decide where values leave a choice.
import { FIELDS, type Field, type Mapping } from './fields.ts';
import type { Table } from './table.ts';
import { isDate, jsonOf, readBoolean, readDate, urlOf } from './values.ts';

const SAMPLE = 500;

/** What the values of a column look like: shares of 0 to 1. */
interface Profile {
	url: number;
	/** One short segment on one of few hosts, each different. */
	shortUrl: number;
	host: number;
	/** Could be a name below a domain. */
	code: number;
	date: number;
	future: number;
	integer: number;
	redirectStatus: number;
	state: number;
	boolean: number;
	/** Few values that recur. */
	recurring: number;
	spaced: number;
	rules: number;
	object: number;
	isDistinct: boolean;
	isEmpty: boolean;
	meanLength: number;
}

/** Names that other shorteners, spreadsheets and our own exports use. */
const NAMES: Record<Field, RegExp> = {
	url: /^(url|target|website|ziel|destination|redirect)$|(long|dest|target|orig|full|ziel)\w*[ _-]?(url|link|adresse)?$/,
	short_url: /short|bitlink|kurz/,
	alias: /alias|slug|keyword|^(code|key|path|name)$|back.?half|custom|k(ü|ue)rzel/,
	aliases: /aliases|further.?names|custom.?bitlinks/,
	domain: /domain|^host(name)?$/,
	title: /title|titel|label|^name$|bezeichnung/,
	tags: /(^|hash|[^a-z])tag|categor|kategor|folder|group|gruppe|campaign/,
	notes: /note|comment|descri|memo|notiz|bemerk|beschreib/,
	external_id: /external|extern|foreign|^ref(erence)?$/,
	created_at: /creat|added|angelegt|erstellt|^(date|datum|timestamp|time)$/,
	starts_at: /start|since|begin|active.?from|g(ü|ue)ltig.?(ab|von)/,
	expires_at: /expir|until|^ends?|ablauf|l(ä|ae)uft|endet|g(ü|ue)ltig.?bis/,
	expired_url: /expir\w*.?(url|link|redirect)|fallback/,
	max_clicks: /max.?(click|visit)|(click|visit)s?.?limit|^limit$/,
	clicks: /^(human|total)?[ _.-]?(clicks?|visits?|hits|klicks|aufrufe)([ _.-]?(human|total|count))?$/,
	status: /^status$|status.?code|redirect.?(type|code|kind|status)|http/,
	state:
		/state|status|zustand|^(is.?)?(enabled|active|aktiv)$|^(is.?)?(disabled|inactive|inaktiv|paused|deactivated|deaktiviert)$/,
	archived: /archiv/,
	password: /passw|passphrase|kennwort|^pwd$/,
	password_protected: /protected|^has.?pass|gesch(ü|ue)tzt/,
	forward_query: /(forward|pass|keep).?(query|param)|query.?forward/,
	forward_path: /(forward|pass|keep).?path/,
	rules: /^rules$/,
	preview: /^preview$/
};
/** What no link of ours takes from a file. */
const FOREIGN =
	/click|visit|hits|views|count|^problem|^qr|icon|image|favicon|preview|updat|modif|last|owner|author|user|^ip$|revision|created.?by|referr/;
/** Fields whose names have a foreign word in them. */
const DESPITE_FOREIGN: readonly Field[] = ['max_clicks', 'clicks', 'created_at'];
/** The key of a row in another database: no name that a visitor ever saw. */
const ROW_ID = /^(link|row)?[ _.-]?(id|uuid|guid|hash)([ _.-]?string)?$/;

export function recognize(table: Table, now: Date): Mapping {
	const columns = table.header.map((name, column) => ({
		column,
		name: name.trim().toLowerCase(),
		profile: profileOf(sampleOf(table.rows, column), now)
	}));
	const candidates = columns.flatMap(({ column, name, profile }) =>
		FIELDS.map((field) => ({ column, field, score: scoreOf(field, name, profile) }))
	);
	candidates.sort(
		(a, b) => b.score - a.score || FIELDS.indexOf(a.field) - FIELDS.indexOf(b.field) || a.column - b.column
	);
	const mapping: Mapping = table.header.map(() => null);
	const given = new Set<Field>();
	for (const { column, field, score } of candidates) {
		if (score < 0.5 || mapping[column] !== null || given.has(field)) continue;
		mapping[column] = field;
		given.add(field);
	}
	return withDestination(mapping, columns);
}

/** A file with one column of URLs is a list of destinations, however short they are. */
function withDestination(mapping: Mapping, columns: { column: number; profile: Profile }[]): Mapping {
	if (mapping.includes('url')) return mapping;
	const [most] = columns
		.filter(({ profile }) => profile.url > 0.5)
		.sort((a, b) => b.profile.meanLength - a.profile.meanLength);
	return most ? mapping.map((field, column) => (column === most.column ? 'url' : field)) : mapping;
}

function scoreOf(field: Field, name: string, profile: Profile): number {
	if (profile.isEmpty) return 0;
	// The API's own name, as in our exports.
	const isExact = name === field || (field === 'alias' && name === 'code');
	const isNamed = isExact || NAMES[field].test(name);
	if (FOREIGN.test(name) && !isExact && !(isNamed && DESPITE_FOREIGN.includes(field))) return 0;
	if (field === 'alias' && ROW_ID.test(name)) return 0;
	const byName = isExact ? 0.6 : isNamed ? 0.4 : 0;
	// Of several counts, the one of people is what a maximum counts.
	if (field === 'clicks' && name.includes('human')) return fitOf(field, profile, isNamed) + 0.7;
	return fitOf(field, profile, isNamed) + byName;
}

/** How well the values fit, from 0 to 1. What only a name can tell fits by its name. */
function fitOf(field: Field, profile: Profile, isNamed: boolean): number {
	const named = (fit: number) => (isNamed ? fit : -1);
	switch (field) {
		case 'url':
			return profile.url > 0.5 ? profile.url * (0.95 - 0.4 * profile.shortUrl) : -1;
		case 'short_url':
			return profile.url > 0.5 && profile.shortUrl > 0.8 ? 0.8 : -1;
		case 'alias':
			return codeFit(profile, isNamed);
		case 'domain':
			return profile.host > 0.9 ? 0.6 : -1;
		case 'title':
			if (profile.url > 0.5 || profile.date > 0.5 || profile.rules > 0.5) return -1;
			return isNamed ? 0.5 : profile.spaced > 0.3 ? 0.55 : -1;
		case 'tags':
			if (isPlainlyOther(profile)) return -1;
			return isNamed ? 0.5 : profile.recurring > 0.5 ? 0.52 : -1;
		case 'created_at':
			return profile.date > 0.9 && profile.future < 0.1 ? 0.6 : -1;
		case 'expires_at':
			return profile.date > 0.9 ? (profile.future > 0.5 ? 0.6 : named(0.5)) : -1;
		case 'starts_at':
			return profile.date > 0.9 ? named(0.6) : -1;
		case 'expired_url':
			return profile.url > 0.5 ? named(1) : -1;
		case 'max_clicks':
		case 'clicks':
			return profile.integer > 0.9 ? named(0.5) : -1;
		case 'status':
			return profile.redirectStatus > 0.95 ? 0.8 : -1;
		case 'state':
			return profile.state > 0.9 ? 0.6 : profile.boolean > 0.9 ? named(0.3) : -1;
		case 'archived':
		case 'forward_query':
		case 'forward_path':
		case 'password_protected':
			return profile.boolean > 0.9 ? named(0.6) : -1;
		case 'rules':
			return profile.rules > 0.9 ? 0.8 : -1;
		case 'preview':
			return profile.object > 0.9 ? named(0.6) : -1;
		default:
			// Notes, external ids and passwords look like anything.
			return profile.url > 0.5 && field !== 'notes' ? -1 : named(0.5);
	}
}

/** What has the form of something else is no list of tags. */
function isPlainlyOther({ url, host, date, integer, state, boolean }: Profile): boolean {
	return Math.max(url, host, date, integer) > 0.5 || Math.max(state, boolean) > 0.9;
}

function codeFit(profile: Profile, isNamed: boolean): number {
	if (profile.code < 0.95 || !profile.isDistinct || profile.date > 0.5 || profile.url > 0.5) return -1;
	if (profile.integer > 0.9) return isNamed ? 0.15 : -1;
	// A name that is longer than a UUID is none that a person types.
	return profile.meanLength < 36 ? 0.5 : -1;
}

function sampleOf(rows: readonly string[][], column: number): string[] {
	const step = Math.max(1, Math.floor(rows.length / SAMPLE));
	const values: string[] = [];
	for (let at = 0; at < rows.length; at += step) {
		const value = rows[at]?.[column];
		if (value) values.push(value);
	}
	return values;
}

const CODE = /^[\p{L}\p{N}\p{M}\p{Extended_Pictographic}._~\-/]{1,256}$/u;
const STATES = new Set([
	'active',
	'inactive',
	'enabled',
	'disabled',
	'paused',
	'aktiv',
	'inaktiv',
	'deaktiviert',
	'expired',
	'exhausted',
	'blocked',
	'scheduled'
]);

function profileOf(values: string[], now: Date): Profile {
	const share = (test: (value: string) => boolean) =>
		values.length === 0 ? 0 : values.filter(test).length / values.length;
	const absolute = values.map((value) => (value.includes('/') ? urlOf(value) : undefined));
	const urls = absolute.filter((url) => url !== undefined);
	const distinct = new Set(values).size;
	const pieces = values.flatMap((value) => value.split(/[,;|]/).map((piece) => piece.trim()));
	const isPiece = (piece: string) => piece.length > 0 && piece.length <= 40;
	return {
		url: values.length === 0 ? 0 : urls.length / values.length,
		shortUrl: shortShare(urls, distinct === values.length),
		host: share((value) => /^([a-z0-9-]+\.)+[a-z]{2,}$/i.test(value)),
		code: share((value) => CODE.test(value) && !/^(true|false)$/i.test(value)),
		date: share(isDate),
		future: share(
			(value) => (readDate(value, 'day-first') ?? readDate(value, 'month-first') ?? '') > now.toISOString()
		),
		integer: share((value) => /^\d+$/.test(value)),
		redirectStatus: share((value) => /^30[1278]$/.test(value)),
		state: share((value) => STATES.has(value.toLowerCase())),
		boolean: share((value) => readBoolean(value) !== undefined),
		recurring: values.length >= 4 && pieces.every(isPiece) ? 1 - new Set(pieces).size / pieces.length : 0,
		spaced: share((value) => /\S\s+\S/.test(value)),
		rules: share((value) => value === '[]' || (value.startsWith('[{') && Array.isArray(jsonOf(value)))),
		object: share((value) => value.startsWith('{') && jsonOf(value) !== undefined),
		isDistinct: distinct === values.length,
		isEmpty: values.length === 0,
		meanLength: values.reduce((sum, { length }) => sum + length, 0) / (values.length || 1)
	};
}

function shortShare(urls: readonly URL[], isDistinct: boolean): number {
	if (urls.length === 0 || !isDistinct) return 0;
	const hosts = new Set(urls.map(({ host }) => host)).size;
	if (hosts > Math.max(1, urls.length / 10)) return 0;
	const isShort = ({ pathname, search, hash }: URL) => /^\/[^/]{1,40}$/.test(pathname) && !search && !hash;
	return urls.filter(isShort).length / urls.length;
}
