// Tags that begin with what was typed.
import { answer, api } from '#lib/api/index.ts';
import { resource } from '#lib/state/resource.svelte.ts';

const SHOWN = 30;

/** `typed` is undefined while nobody needs suggestions. */
export function suggestTags(typed: () => string | undefined): { readonly names: string[] } {
	const tags = resource((signal) => {
		const search = typed();
		if (search === undefined) return undefined;
		const query = { limit: SHOWN, ...(search ? { search } : {}) };
		return answer(api.GET('/api/v1/tags', { params: { query }, signal }));
	});
	return {
		get names() {
			return tags.data?.data.map(({ name }) => name) ?? [];
		}
	};
}
