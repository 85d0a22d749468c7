// Imports, as their page opens, feeds and lists them. The types stand here until the OpenAPI document, and so the client, has them.
import { answer, type NewLink, OWN_REQUEST_HEADER } from '#lib/api/index.ts';
import type { ProblemDocument } from '#lib/api/problem.ts';

export const CONFLICT_POLICIES = ['fail', 'skip', 'suffix', 'replace'] as const;
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number];
export const VERDICTS = ['created', 'replaced', 'skipped', 'failed'] as const;
export type Verdict = (typeof VERDICTS)[number];
export type Counts = Record<Verdict, number>;

export interface Import {
	id: string;
	source: string;
	on_conflict: ConflictPolicy;
	title: string | null;
	created_at: string;
	created_by: string | null;
	counts: Counts & { rows: number };
	last_row_at: string | null;
	finished_at: string | null;
}

/** What a cell says that cannot be read is sent as it stands, so that the API refuses it in its own words. */
export type ImportedLink = Partial<Record<keyof NewLink | 'created_at', unknown>>;

export interface ImportRow {
	row_id: string;
	link: ImportedLink;
}

export interface RowResult {
	row_id: string;
	verdict: Verdict;
	repeated: boolean;
	link: { id: string; domain: string; code: string; short_url: string } | null;
	renamed_from: string | null;
	problem: ProblemDocument | null;
}

export interface Failure {
	row_id: string;
	code: string;
	detail: string;
	field: string | null;
	url: string | null;
	domain: string | null;
	alias: string | null;
}

interface Page<T> {
	data: T[];
	next_cursor: string | null;
}

export function openImport(on_conflict: ConflictPolicy, title: string): Promise<Import> {
	return send('POST', '', { source: 'csv', on_conflict, ...(title ? { title } : {}) });
}

export function readImports(cursor: string | undefined, signal: AbortSignal): Promise<Page<Import>> {
	return send('GET', `?limit=25${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`, undefined, signal);
}

export function readImport(id: string, signal?: AbortSignal): Promise<Import> {
	return send('GET', `/${encodeURIComponent(id)}`, undefined, signal);
}

export function sendRows(
	id: string,
	rows: readonly ImportRow[],
	dry_run: boolean,
	signal?: AbortSignal
): Promise<{ results: RowResult[] }> {
	return send('POST', `/${encodeURIComponent(id)}/rows`, { dry_run, rows }, signal);
}

export function finishImport(id: string): Promise<Import> {
	return send('POST', `/${encodeURIComponent(id)}/finish`);
}

export async function readFailures(id: string): Promise<Failure[]> {
	const failures: Failure[] = [];
	let cursor: string | null = '';
	while (cursor !== null) {
		const query: string = `?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
		const page: Page<Failure> = await send('GET', `/${encodeURIComponent(id)}/failures${query}`);
		failures.push(...page.data);
		cursor = page.next_cursor;
	}
	return failures;
}

function send<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
	const request = async () => {
		const response = await fetch(`/api/v1/imports${path}`, {
			method,
			credentials: 'same-origin',
			headers: { ...OWN_REQUEST_HEADER, ...(body ? { 'Content-Type': 'application/json' } : {}) },
			...(body ? { body: JSON.stringify(body) } : {}),
			...(signal ? { signal } : {})
		});
		const parsed: unknown = await response.json().catch(() => undefined);
		return response.ok ? { data: parsed as T, response } : { error: parsed, response };
	};
	return answer(request());
}
