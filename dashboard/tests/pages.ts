// How to reach every page with something on it.
import type { APIRequestContext, Page } from '@playwright/test';
import { createLink } from './stack.ts';

type Open = (page: Page, backend: APIRequestContext) => Promise<unknown>;

async function mostClicked(backend: APIRequestContext): Promise<string> {
	const answer = await backend.get('/api/v1/links?sort=clicks&limit=1');
	const { data } = (await answer.json()) as { data: { id: string }[] };
	return data[0]?.id ?? (await createLink(backend, { title: 'First', tags: ['print'] })).id;
}

const at =
	(path: string): Open =>
	(page) =>
		page.goto(`/dashboard${path}`);

export const PAGES: Record<string, Open> = {
	'sign-in': async (page) => {
		await page.context().clearCookies();
		await page.goto('/dashboard/');
	},
	links: at('/links/'),
	'links-none-found': at('/links/?search=nothing-has-this-text'),
	new: at('/new/?url=https%3A%2F%2Fexample.com%2Fspring'),
	edit: async (page, backend) => page.goto(`/dashboard/links/edit/?id=${await mostClicked(backend)}`),
	statistics: at('/statistics/'),
	'statistics-link': async (page, backend) =>
		page.goto(`/dashboard/statistics/?link=${await mostClicked(backend)}`),
	trust: at('/trust/'),
	domains: at('/settings/domains/'),
	keys: at('/settings/keys/'),
	'blocked-hosts': at('/settings/blocked-hosts/'),
	webhooks: at('/settings/webhooks/'),
	tags: at('/settings/tags/'),
	session: at('/settings/session/')
};
