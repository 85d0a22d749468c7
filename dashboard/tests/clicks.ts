// Links that were clicked, and what the API counts of them.
import type { APIRequestContext } from '@playwright/test';
import { createLink, expect, type StoredLink } from './stack.ts';

export const BROWSER =
	'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15';

export interface Stats {
	total: number;
	visitors: number;
	complete_until: string | null;
	series: { start: string; clicks: number }[];
	groups?: { value: string; clicks: number; visitors: number }[];
}

export async function readStats(backend: APIRequestContext, id: string, query: string): Promise<Stats> {
	const answer = await backend.get(`/api/v1/links/${id}/stats?${query}`);
	return (await answer.json()) as Stats;
}

/** A link with clicks of people and of bots that are counted already. */
export async function clickedLink(
	backend: APIRequestContext,
	body: Record<string, unknown> = {}
): Promise<StoredLink> {
	const link = await createLink(backend, body);
	for (const agent of [BROWSER, BROWSER, BROWSER, 'Googlebot/2.1 (+http://www.google.com/bot.html)']) {
		const headers = { 'User-Agent': agent, Referer: 'https://news.example/article' };
		await backend.get(link.short_url, { maxRedirects: 0, headers });
	}
	await expect.poll(async () => (await readStats(backend, link.id, '')).total, { timeout: 20_000 }).toBe(4);
	return link;
}
