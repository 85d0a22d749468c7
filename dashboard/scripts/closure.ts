/** What is reached from the roots by imports, the roots included. */
export function closureOf(
	roots: readonly string[],
	importsOf: (module: string) => readonly string[]
): Set<string> {
	const found = new Set(roots);
	// A set that grows is iterated to its end.
	for (const module of found) for (const imported of importsOf(module)) found.add(imported);
	return found;
}
