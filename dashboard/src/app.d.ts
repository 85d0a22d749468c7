declare module 'virtual:world-map' {
	export const width: number;
	export const height: number;
	/** Each country's code (ISO 3166-1 alpha-2, empty if it has none) and outline. */
	export const countries: { code: string; path: string }[];
}
