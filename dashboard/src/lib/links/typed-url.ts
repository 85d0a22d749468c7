// A URL as most people type it.

/** A scheme has no dot, or two slashes follow it: `example.com:8080` has a port. */
const HAS_SCHEME = /^[a-z][a-z0-9+-]*:|^[a-z][a-z0-9+.-]*:\/\//i;

/** Most people leave the scheme out. */
export function withScheme(typed: string): string {
	const text = typed.trim();
	return text === '' || HAS_SCHEME.test(text) ? text : `https://${text}`;
}
