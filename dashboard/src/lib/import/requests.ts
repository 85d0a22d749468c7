// Imports, as their page opens, feeds and lists them.
import { answer, answerAsJson, api, type Domain, type NewLink } from '#lib/api/index.ts';
import type { Schemas } from '@shortline/client';
import { patiently, type Patience } from '#lib/api/patience.ts';

export type Import = Schemas['Import'];
export type RowResult = Schemas['ImportVerdicts']['results'][number];
export type Verdict = RowResult['verdict'];
export type Counts = Schemas['ImportVerdicts']['counts'];
export type ConflictPolicy = Import['on_conflict'];
export type Failure = Schemas['ImportFailureList']['data'][number];

export const CONFLICT_POLICIES: readonly ConflictPolicy[] = ['fail', 'skip', 'suffix', 'replace'];
export const VERDICTS: readonly Verdict[] = ['created', 'replaced', 'skipped', 'failed'];

/** What a cell says that cannot be read is sent as it stands, so that the API refuses it in its own words. */
export type ImportedLink = Partial<Record<keyof NewLink | 'created_at', unknown>>;

export interface ImportRow {
	row_id: string;
	link: ImportedLink;
}

export function openImport(on_conflict: ConflictPolicy, title: string): Promise<Import> {
	return answer(api.POST('/api/v1/imports', { body: { source: 'csv', on_conflict, title: title || null } }));
}

export function readImports(cursor: string | undefined, signal: AbortSignal): Promise<Schemas['ImportList']> {
	const query = { limit: 25, ...(cursor ? { cursor } : {}) };
	return answer(api.GET('/api/v1/imports', { params: { query }, signal }));
}

export function readImport(id: string, signal: AbortSignal): Promise<Import> {
	return answer(api.GET('/api/v1/imports/{id}', { params: { path: { id } }, signal }));
}

export function sendRows(
	id: string,
	rows: readonly ImportRow[],
	dry_run: boolean,
	signal: AbortSignal
): Promise<Schemas['ImportVerdicts']> {
	const body = { dry_run, rows: [...rows] };
	return answer(api.POST('/api/v1/imports/{id}/rows', { params: { path: { id } }, body, signal }));
}

export function finishImport(id: string): Promise<Import> {
	return answer(api.POST('/api/v1/imports/{id}/finish', { params: { path: { id } } }));
}

/** All domains: names on one that is not known here would move to the default one. */
export async function readDomains(signal: AbortSignal): Promise<Domain[]> {
	const domains: Domain[] = [];
	let cursor: string | null | undefined;
	do {
		const query = { limit: 100, ...(cursor ? { cursor } : {}) };
		const page: Schemas['DomainList'] = await answer(
			api.GET('/api/v1/domains', { params: { query }, signal })
		);
		domains.push(...page.data);
		cursor = page.next_cursor;
	} while (cursor);
	return domains;
}

/** A large import has hundreds of pages, and the key a limit. */
export async function readFailures(id: string, patience: Patience): Promise<Failure[]> {
	const failures: Failure[] = [];
	let cursor: string | null | undefined;
	do {
		const params = { path: { id }, query: { limit: 100, ...(cursor ? { cursor } : {}) } };
		const page: Schemas['ImportFailureList'] = await patiently(
			() => answerAsJson(api.GET('/api/v1/imports/{id}/failures', { params, signal: patience.signal })),
			patience
		);
		failures.push(...page.data);
		cursor = page.next_cursor;
	} while (cursor);
	return failures;
}
