// Puts what the first page shares with others into one file: on a slow network some forty small ones cost a third of a second.
import { fileURLToPath } from 'node:url';
import type { Rolldown } from 'vite';

const folder = fileURLToPath(new URL('..', import.meta.url));
const FIRST_PAGE = [
	'node_modules/@sveltejs/kit/src/runtime/client/entry.js',
	'src/routes/+layout.ts',
	'src/routes/+layout.svelte',
	'src/routes/+error.svelte',
	'src/routes/links/+page.svelte'
].map((path) => folder + path);

/** With all that they import, except what they load later. */
function closureOf(roots: readonly string[], modules: Rolldown.ChunkingContext): Set<string> {
	const found = new Set(roots);
	// A set that grows is iterated to its end.
	for (const id of found)
		for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
	return found;
}

export function firstPage(): Rolldown.CodeSplittingGroup {
	let closure: Set<string> | undefined;
	return {
		name: (id, modules) => ((closure ??= closureOf(FIRST_PAGE, modules)).has(id) ? 'first-page' : null),
		// What one page alone uses stays with it.
		minShareCount: 2
	};
}
