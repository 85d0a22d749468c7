/** An orphan visit's name is domain and path. */
export function nameOfOrphan(name: string): { domain: string; alias: string } {
	const at = name.indexOf('/');
	if (at < 0) return { domain: name, alias: '' };
	return { domain: name.slice(0, at), alias: name.slice(at + 1) };
}
