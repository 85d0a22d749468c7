// Puts what the first page shares with others into one file: on a slow network some forty small ones cost a third of a second.
import { fileURLToPath } from 'node:url';
import type { Rolldown } from 'vite';
import { closureOf } from './closure.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));
const FIRST_PAGE = [
	'node_modules/@sveltejs/kit/src/runtime/client/entry.js',
	'src/routes/+layout.ts',
	'src/routes/+layout.svelte',
	'src/routes/+error.svelte',
	'src/routes/links/+page.svelte'
].map((path) => folder + path);

export function firstPage(): Rolldown.CodeSplittingGroup {
	let closure: Set<string> | undefined;
	return {
		name: (id, modules) => {
			// Without what they load later.
			closure ??= closureOf(FIRST_PAGE, (id) => modules.getModuleInfo(id)?.importedIds ?? []);
			return closure.has(id) ? 'first-page' : null;
		},
		// What one page alone uses stays with it.
		minShareCount: 2
	};
}
