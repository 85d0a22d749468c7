// How lists name a link.
import type { Link } from '#lib/api/index.ts';

/** Host and code of the short URL, to be shown in two shades. */
export function nameParts(link: Pick<Link, 'short_url' | 'code'>): { host: string; code: string } {
	return { host: `${new URL(link.short_url).host}/`, code: link.code };
}

export const shortName = (link: Pick<Link, 'short_url' | 'code'>) => {
	const { host, code } = nameParts(link);
	return host + code;
};
