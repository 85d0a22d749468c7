// The campaign parameters of a destination.
export const UTM = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content'] as const;
export type UtmParameter = (typeof UTM)[number];

export function readUtm(url: string): Record<UtmParameter, string> {
	const params = URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams();
	return Object.fromEntries(UTM.map((name) => [name, params.get(name) ?? ''])) as Record<
		UtmParameter,
		string
	>;
}

/** All else of the URL stays as it was typed, unless it is no URL yet. */
export function withUtm(url: string, name: UtmParameter, value: string): string {
	if (!URL.canParse(url)) return url;
	const changed = new URL(url);
	if (value.trim()) changed.searchParams.set(name, value.trim());
	else changed.searchParams.delete(name);
	return changed.toString();
}
