// Whether a domain's colour is seen on the pages of its visitors.

/** The backgrounds of the pages, which follow the visitor's device. */
export const PAGE_BACKGROUNDS = { light: '#f6f6f4', dark: '#161615' } as const;
export type PageScheme = keyof typeof PAGE_BACKGROUNDS;
export const PAGE_SCHEMES = ['light', 'dark'] as const satisfies readonly PageScheme[];

/** Of WCAG 2.2 for what is no text (1.4.11). */
export const ENOUGH_CONTRAST = 3;

/** From 1 to 21. */
export function contrast(one: string, other: string): number {
	const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
	return (lighter + 0.05) / (darker + 0.05);
}

/** The schemes in which the colour is hard to see. */
export function weakSchemes(color: string): PageScheme[] {
	return PAGE_SCHEMES.filter((scheme) => contrast(color, PAGE_BACKGROUNDS[scheme]) < ENOUGH_CONTRAST);
}

function luminance(color: string): number {
	const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
		const share = parseInt(color.slice(at, at + 2), 16) / 255;
		return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
