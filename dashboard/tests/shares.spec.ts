import { BROWSER, clickedLink } from './clicks.ts';
import { createLink, expect, stack, test, uniqueName } from './stack.ts';

interface Shared {
	total: number;
	visitors: number;
	devices: { value: string; clicks: number }[];
}

test('shared_statistics_are_read_without_a_key_until_the_share_ends', async ({ page, browser, backend }) => {
	const link = await clickedLink(backend);
	const title = uniqueName('Spring');
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	await page.getByRole('button', { name: 'Share', exact: true }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Title').fill(title);
	await dialog.getByLabel('Ends').fill('2031-05-01T12:00');
	await dialog.getByRole('button', { name: 'Create address' }).click();
	const row = dialog.getByRole('listitem').filter({ hasText: title });
	await expect(row).toContainText('Ends 1 May 2031');
	const address = (await row.getByRole('link').getAttribute('href')) ?? '';
	expect(address).toMatch(/\/dashboard\/shared\/#[\w-]{22}$/);
	const token = address.split('#')[1] ?? '';

	const stranger = await browser.newContext({
		baseURL: stack,
		storageState: { cookies: [], origins: [] }
	});
	const shown = await stranger.newPage();
	const told: string[] = [];
	shown.on('request', (request) => {
		if (new URL(request.url()).pathname !== `/api/v1/shared/${token}`) told.push(request.url());
		told.push(...Object.values(request.headers()));
	});
	await shown.goto(address);
	await expect(shown.getByRole('heading', { level: 1, name: title })).toBeVisible();
	const answer = await stranger.request.get(`/api/v1/shared/${token}`);
	const stats = (await answer.json()) as Shared;
	const number = (label: string) =>
		shown.locator('dl > div').filter({ hasText: label }).getByRole('definition');
	await expect(number('Clicks')).toHaveText(String(stats.total));
	await expect(number('Visitors')).toHaveText(String(stats.visitors));
	const hosts = shown.getByRole('region', { name: 'Referrers' });
	await expect(hosts.getByRole('row').filter({ hasText: 'news.example' })).toContainText('4');
	await shown.getByLabel('Period', { exact: true }).selectOption('7d');
	await expect(shown).toHaveURL(new RegExp(`period=7d#${token}$`));
	await shown.reload();
	await expect(shown.getByLabel('Period', { exact: true })).toHaveValue('7d');
	expect(told.filter((text) => text.includes(token))).toEqual([]);

	await row.getByRole('button', { name: `End: ${title}` }).click();
	await row.getByRole('button', { name: 'End', exact: true }).click();
	await expect(row).toHaveCount(0);
	expect((await stranger.request.get(`/api/v1/shared/${token}`)).status()).toBe(404);
	await stranger.close();
});

test('statistics_of_a_tag_are_shared', async ({ page, backend }) => {
	const tag = uniqueName('shared');
	const link = await createLink(backend, { tags: [tag] });
	await backend.get(link.short_url, { maxRedirects: 0, headers: { 'User-Agent': BROWSER } });
	await page.goto(`/dashboard/statistics/?tag=${tag}`);
	await page.getByRole('button', { name: 'Share', exact: true }).click();
	await page.getByRole('button', { name: 'Create address' }).click();
	const row = page.getByRole('dialog').getByRole('listitem');
	await expect(row).toContainText('Does not end by itself');
	await page.goto((await row.getByRole('link').getAttribute('href')) ?? '');
	await expect(page.getByText(`All links with the tag ${tag}`)).toBeVisible();
});

test('address_of_no_share_says_so', async ({ page }) => {
	await page.goto('/dashboard/shared/#AAAAAAAAAAAAAAAAAAAAAA');
	await expect(page.getByRole('heading', { name: 'These statistics are not shared' })).toBeVisible();
	await page.goto('/dashboard/shared/');
	await expect(page.getByRole('heading', { name: 'These statistics are not shared' })).toBeVisible();
});

test('key_that_sees_only_its_own_links_is_offered_no_share_of_a_tag', async ({ page, backend }) => {
	const tag = uniqueName('bound');
	await createLink(backend, { tags: [tag] });
	const body = { name: uniqueName('bound'), role: 'editor', own_links: true };
	const { key } = (await (await backend.post('/api/v1/keys', { data: body })).json()) as { key: string };
	await page.context().clearCookies();
	const headers = { 'Shortline-Dashboard': '1' };
	expect((await page.request.post('/api/v1/sessions', { data: { key }, headers })).ok()).toBe(true);
	await page.goto(`/dashboard/statistics/?tag=${tag}`);
	await expect(page.getByRole('heading', { name: `Tag ${tag}` })).toBeVisible();
	await expect(page.getByRole('button', { name: 'Share', exact: true })).toHaveCount(0);
});
