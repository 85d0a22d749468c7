// How to reach every page with something on it.
import type { APIRequestContext, Page } from '@playwright/test';
import { createLink } from './stack.ts';

type Open = (page: Page, backend: APIRequestContext) => Promise<unknown>;

async function mostClicked(backend: APIRequestContext): Promise<string> {
	const answer = await backend.get('/api/v1/links?sort=clicks&limit=1');
	const { data } = (await answer.json()) as { data: { id: string }[] };
	return data[0]?.id ?? (await createLink(backend, { title: 'First', tags: ['print'] })).id;
}

async function changedLink(backend: APIRequestContext): Promise<string> {
	const { id } = await createLink(backend, { title: 'Spring', tags: ['print'] });
	const rules = [{ if: { country: ['DE', 'AT'], device: 'mobile' }, url: 'https://example.com/de' }];
	await backend.patch(`/api/v1/links/${id}`, {
		data: { title: 'Summer', tags: ['print', 'web'], expires_at: '2032-06-01T00:00:00Z', rules },
		headers: { 'Content-Type': 'application/merge-patch+json' }
	});
	return id;
}

async function shared(backend: APIRequestContext): Promise<string> {
	const id = await mostClicked(backend);
	const body = { title: 'Spring campaign', expires_at: '2032-06-01T00:00:00Z' };
	const answer = await backend.post(`/api/v1/links/${id}/shares`, { data: body });
	const { url } = (await answer.json()) as { url: string };
	return new URL(url).pathname.split('/').at(-1) ?? '';
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
	import: at('/links/import/'),
	new: at('/new/?url=https%3A%2F%2Fexample.com%2Fspring'),
	edit: async (page, backend) => page.goto(`/dashboard/links/edit/?id=${await mostClicked(backend)}`),
	statistics: at('/statistics/'),
	'statistics-link': async (page, backend) =>
		page.goto(`/dashboard/statistics/?link=${await mostClicked(backend)}`),
	history: async (page, backend) => page.goto(`/dashboard/links/history/?id=${await changedLink(backend)}`),
	shared: async (page, backend) => page.goto(`/dashboard/shared/#${await shared(backend)}`),
	trust: at('/trust/'),
	domains: at('/settings/domains/'),
	domain: async (page, backend) => {
		const { data } = (await (await backend.get('/api/v1/domains')).json()) as { data: { host: string }[] };
		await page.goto(`/dashboard/settings/domains/edit/?host=${encodeURIComponent(data[0]?.host ?? '')}`);
	},
	keys: at('/settings/keys/'),
	'blocked-hosts': at('/settings/blocked-hosts/'),
	webhooks: at('/settings/webhooks/'),
	audit: at('/settings/audit/'),
	tags: at('/settings/tags/'),
	'campaign-presets': async (page, backend) => {
		const data = { name: 'Newsletter', utm: { source: 'newsletter', medium: 'email' } };
		await backend.post('/api/v1/campaign-presets', { data });
		await page.goto('/dashboard/settings/campaign-presets/');
	},
	session: at('/settings/session/')
};
