// What the list shows, read from the page's address.
import type { LinkState } from '#lib/api/index.ts';
import type { Query } from '#lib/state/query.ts';

export const STATES: LinkState[] = ['active', 'scheduled', 'disabled', 'expired', 'exhausted', 'blocked'];
export const SORTS = ['created', 'updated', 'clicks', 'last_click'] as const;
export type Sort = (typeof SORTS)[number];

export const COLUMNS = [
	'destination',
	'tags',
	'clicks',
	'created',
	'updated',
	'domain',
	'external_id'
] as const;
export type Column = (typeof COLUMNS)[number];
export const DEFAULT_COLUMNS: Column[] = ['destination', 'tags', 'clicks', 'created'];

export const PAGE_SIZE = 50;

export interface ListQuery {
	search?: string;
	domain?: string;
	/** All of them. */
	tag?: string[];
	/** One of them. */
	any_tag?: string[];
	/** None of them. */
	no_tag?: string[];
	untagged?: true;
	created_from?: string;
	created_to?: string;
	updated_from?: string;
	updated_to?: string;
	/** Id of a key. */
	created_by?: string;
	state?: LinkState;
	external_id?: string;
	code?: string;
	archived?: 'true' | 'all';
	sort: Sort;
	order: 'asc' | 'desc';
}

export const TAG_FILTERS = ['tag', 'any_tag', 'no_tag'] as const;
/** Days in the address, of the person's time zone. */
export const DAY_FILTERS = ['created_from', 'created_to', 'updated_from', 'updated_to'] as const;
export const FILTERS = [
	'search',
	'domain',
	...TAG_FILTERS,
	'untagged',
	...DAY_FILTERS,
	'created_by',
	'state',
	'external_id',
	'code',
	'archived'
] as const;

export function readListQuery(params: Query): ListQuery {
	const text = (name: string) => params.get(name)?.trim() || undefined;
	const search = text('search');
	return {
		// A shorter one would be refused.
		search: search && isSearchable(search) ? search : undefined,
		domain: text('domain'),
		...Object.fromEntries(TAG_FILTERS.map((name) => [name, listOf(params, name)])),
		untagged: params.get('untagged') ? true : undefined,
		created_from: startOfDay(text('created_from')),
		created_to: startOfDay(text('created_to'), 1),
		updated_from: startOfDay(text('updated_from')),
		updated_to: startOfDay(text('updated_to'), 1),
		created_by: text('created_by'),
		state: STATES.find((state) => state === params.get('state')),
		external_id: text('external_id'),
		code: text('code'),
		archived: (['true', 'all'] as const).find((each) => each === params.get('archived')),
		sort: SORTS.find((sort) => sort === params.get('sort')) ?? 'created',
		order: params.get('order') === 'asc' ? 'asc' : 'desc'
	};
}

function listOf(params: Query, name: string): string[] | undefined {
	const values = params.getAll(name).filter((value) => value.trim());
	return values.length > 0 ? values : undefined;
}

/** The last day counts whole: its end is the start of the day after. */
function startOfDay(text: string | undefined, daysLater = 0): string | undefined {
	const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? '') ?? [];
	return year && new Date(Number(year), Number(month) - 1, Number(day) + daysLater).toISOString();
}

/** The API searches for three letters or digits in a row. */
export function isSearchable(search: string): boolean {
	return /[\p{L}\p{N}]{3}/u.test(search);
}

export function hasFilters(query: ListQuery): boolean {
	return FILTERS.some((name) => query[name] !== undefined);
}

export function readColumns(params: Query): Column[] {
	const named = params.get('columns')?.split(',');
	return named ? COLUMNS.filter((column) => named.includes(column)) : DEFAULT_COLUMNS;
}

export function writeColumns(columns: Column[]): string | null {
	const isDefault =
		columns.length === DEFAULT_COLUMNS.length && DEFAULT_COLUMNS.every((c) => columns.includes(c));
	return isDefault ? null : COLUMNS.filter((column) => columns.includes(column)).join(',') || 'none';
}
