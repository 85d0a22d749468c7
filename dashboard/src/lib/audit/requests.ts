// The entries of the audit, and of the history of a link.
import { answer, api } from '#lib/api/index.ts';
import type { operations, Schemas } from '@shortline/client';

export type AuditEntry = Schemas['AuditEntry'];
export type FieldChange = AuditEntry['changes'][number];
export type AuditFilter = Pick<
	NonNullable<operations['listAudit']['parameters']['query']>,
	'key' | 'kind' | 'from' | 'to'
>;
export type AuditKind = NonNullable<AuditFilter['kind']>;

export const KINDS: readonly AuditKind[] = [
	'link',
	'tag',
	'key',
	'domain',
	'blocked_host',
	'webhook',
	'import',
	'share'
];
const LIMIT = 50;

export function readAudit(filter: AuditFilter, cursor: string | undefined, signal: AbortSignal) {
	const query = { ...filter, limit: LIMIT, ...(cursor ? { cursor } : {}) };
	return answer(api.GET('/api/v1/audit', { params: { query }, signal }));
}

export function readHistory(id: string, cursor: string | undefined, signal: AbortSignal) {
	const params = { path: { id }, query: { limit: LIMIT, ...(cursor ? { cursor } : {}) } };
	return answer(api.GET('/api/v1/links/{id}/history', { params, signal }));
}

export function readKeys(signal: AbortSignal): Promise<Schemas['KeyList']> {
	return answer(api.GET('/api/v1/keys', { params: { query: { limit: 100 } }, signal }));
}
