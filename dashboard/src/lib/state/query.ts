// The page's state in its address.
import { goto } from '$app/navigation';
import { page } from '$app/state';

/** What is read of a query. */
export type Query = Pick<URLSearchParams, 'get' | 'getAll' | 'toString'>;
/** A list is a parameter for each of its values. */
export type Changes = Record<string, string | readonly string[] | null | undefined>;

/** The current query with changes; null and empty remove a parameter. */
export function withChanges(query: Query, changes: Changes): string {
	const changed = new URLSearchParams(query.toString());
	for (const [name, value] of Object.entries(changes)) {
		changed.delete(name);
		for (const each of Array.isArray(value) ? value : [value]) if (each) changed.append(name, each);
	}
	const text = changed.toString();
	return text ? `?${text}` : '';
}

/** Changes the query of the shown page. A step that a person would undo with "back" gets a history entry. */
export function setQuery(changes: Changes, { isStep = true } = {}): Promise<void> {
	const target = page.url.pathname + withChanges(page.url.searchParams, changes);
	return goto(target, { replace: !isStep, reset: false });
}
