/** `#rrggbb`, also of what was typed without `#`; undefined for everything that is no colour. */
export function colorOf(text: string): string | undefined {
	const [, digits] = /^#?([0-9a-f]{6})$/i.exec(text.trim()) ?? [];
	return digits && `#${digits.toLowerCase()}`;
}
