// What another page, a bookmarklet or a phone's share sheet knows of a new link.
import type { Query } from '#lib/state/query.ts';
import { emptyDraft, type LinkDraft } from './draft.ts';

const URL_IN_TEXT = /https?:\/\/\S+/;

export function draftFromQuery(query: Query): LinkDraft {
	const text = (name: string) => query.get(name)?.trim() ?? '';
	return {
		...emptyDraft(),
		// Many applications share the address within the text.
		url: text('url') || (URL_IN_TEXT.exec(text('text'))?.[0] ?? ''),
		domain: text('domain'),
		alias: text('alias'),
		title: text('title')
	};
}
