// What a column of the file may be.
export const FIELDS = [
	'url',
	'short_url',
	'alias',
	'aliases',
	'domain',
	'title',
	'tags',
	'notes',
	'external_id',
	'created_at',
	'starts_at',
	'expires_at',
	'expired_url',
	'max_clicks',
	'clicks',
	'status',
	'state',
	'archived',
	'password',
	'password_protected',
	'forward_query',
	'forward_path',
	'rules',
	'preview'
] as const;
export type Field = (typeof FIELDS)[number];

/** Of each column; null for one that is left out. */
export type Mapping = (Field | null)[];

/** Gives the column the field, and takes it from the one that had it. */
export function withField(mapping: Mapping, column: number, field: Field | null): Mapping {
	return mapping.map((other, at) => {
		if (at === column) return field;
		return field !== null && other === field ? null : other;
	});
}
