import type { Page } from '@playwright/test';
import { BROWSER, clickedLink, readStats, type Stats } from './clicks.ts';
import { createLink, expect, test, uniqueName } from './stack.ts';

const shown = (page: Page, label: string) =>
	page
		.locator('dl > div')
		.filter({ has: page.getByText(label, { exact: true }) })
		.locator('dd > span')
		.first();

test('numbers_on_the_page_are_those_of_the_api', async ({ page, backend }) => {
	const link = await clickedLink(backend);
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	const all = await readStats(backend, link.id, 'group_by=class');
	const people = await readStats(backend, link.id, 'class=human');
	await expect(shown(page, 'All clicks')).toHaveText(String(all.total));
	await expect(shown(page, 'Clicks by people')).toHaveText(String(people.total));
	await expect(shown(page, 'Visitors')).toHaveText(String(people.visitors));

	const referrers = await readStats(backend, link.id, 'group_by=referrer');
	const panel = page.getByRole('region', { name: 'Sources' });
	for (const { value, clicks } of referrers.groups ?? []) {
		const name = value === '(direct)' ? 'Direct or unknown' : value;
		await expect(panel.getByRole('row').filter({ hasText: name }).getByRole('cell').nth(1)).toHaveText(
			String(clicks)
		);
	}

	await page.keyboard.press('v');
	const table = page.getByRole('region', { name: 'Clicks', exact: true }).getByRole('table');
	const today = table.getByRole('row').last();
	await expect(today.getByRole('cell').first()).toHaveText(String(people.series.at(-1)?.clicks));
});

test('period_is_chosen_by_key_and_kept_in_the_address', async ({ page, backend }) => {
	const link = await clickedLink(backend);
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	await expect(page.getByLabel('Period', { exact: true })).toHaveValue('30d');
	await page.keyboard.press('w');
	await expect(page).toHaveURL(/range=7d/);
	await expect(page.getByLabel('Period', { exact: true })).toHaveValue('7d');
	await page.keyboard.press('x');
	await expect(page.getByText('Period before').first()).toBeVisible();
	await page.reload();
	await expect(page.getByRole('button', { name: 'Compare' })).toHaveAttribute('aria-pressed', 'true');
});

test('dragging_over_the_chart_chooses_a_period', async ({ page, backend }) => {
	const link = await clickedLink(backend);
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	const chart = page.locator('.u-over');
	const box = await chart.boundingBox();
	if (!box) throw new Error('no chart');
	await page.mouse.move(box.x + box.width * 0.4, box.y + 50);
	await page.mouse.down();
	await page.mouse.move(box.x + box.width * 0.99, box.y + 60, { steps: 5 });
	await page.mouse.up();
	await expect(page).toHaveURL(/from=.*to=/);
	await expect(page.getByLabel('Period', { exact: true })).toHaveValue('custom');
	await page.getByRole('button', { name: 'Show the whole period again' }).click();
	await expect(page).not.toHaveURL(/from=/);
});

test('tag_becomes_a_filter_with_one_click', async ({ page, backend }) => {
	const tag = uniqueName('counted');
	await clickedLink(backend, { tags: [tag] });
	await page.goto(`/dashboard/statistics/?tag=${tag}`);
	await expect(page.getByRole('heading', { name: `Tag ${tag}` })).toBeVisible();
	await expect(shown(page, 'All clicks')).toHaveText('4');
	await page.getByRole('button', { name: `Remove ${tag}` }).click();
	await expect(page).not.toHaveURL(/tag=/);
});

test('every_chart_has_a_file', async ({ page, backend }) => {
	const link = await clickedLink(backend);
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	for (const name of [
		'CSV',
		'CSV: Referrers',
		'CSV: Countries',
		'CSV: Devices',
		'CSV: By hour of the week'
	]) {
		const downloading = page.waitForEvent('download');
		await page.getByRole('button', { name, exact: true }).click();
		expect((await downloading).suggestedFilename()).toMatch(/\.csv$/);
	}
});

test('map_is_loaded_when_shown', async ({ page, backend }) => {
	const link = await clickedLink(backend);
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	await page.getByRole('button', { name: 'Map' }).click();
	await expect(page.getByRole('img', { name: 'Clicks by country' })).toBeVisible();
	await expect(page).toHaveURL(/places=map/);
});

test('newest_clicks_appear_by_themselves', async ({ page, backend }) => {
	const link = await clickedLink(backend);
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	const live = page.getByRole('region', { name: 'Newest clicks' });
	await expect(live.getByRole('row')).toHaveCount(5);
	await backend.get(link.short_url, { maxRedirects: 0, headers: { 'User-Agent': BROWSER } });
	await expect(live.getByRole('row')).toHaveCount(6, { timeout: 20_000 });
});

test('split_shows_visitors_of_each_branch_beside_chance', async ({ page, backend }) => {
	const branches = ['a', 'b'].map((name) => `https://example.com/${uniqueName(name)}`);
	const link = await clickedLink(backend, { rules: [{ split: branches.map((url) => ({ url })) }] });
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	const card = page.getByRole('region', { name: 'Split of Rule 1' });
	const { groups } = await readStats(backend, link.id, 'group_by=destination&class=human');
	for (const url of branches) {
		const row = card.getByRole('row').filter({ hasText: url.replace('https://', '') });
		const visitors = groups?.find(({ value }) => value === url)?.visitors ?? 0;
		await expect(row.getByRole('cell').nth(1)).toHaveText(String(visitors));
		await expect(row).toContainText('by weight 50%');
	}
});

test('values_of_several_lists_become_filters', async ({ page, backend }) => {
	const link = await clickedLink(backend);
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	await page.getByRole('button', { name: 'Show only news.example' }).click();
	await expect(page).toHaveURL(/referrer=/);
	await expect(shown(page, 'All clicks')).toHaveText('4');
	await page.getByRole('button', { name: 'Browsers' }).click();
	await page.getByRole('button', { name: 'Show only Safari' }).click();
	await expect(page).toHaveURL(/browser=Safari/);
	const filters = 'referrer=news.example&browser=Safari';
	const both = (await readStats(backend, link.id, filters)) as Stats & { basis: string };
	expect(both.basis).toBe('raw');
	await expect(shown(page, 'All clicks')).toHaveText(String(both.total));
	await expect(page.getByText('Counted from single clicks')).toBeVisible();
	await page.getByRole('button', { name: 'Show statistics without Safari' }).click();
	await expect(shown(page, 'All clicks')).toHaveText('4');
});

test('campaign_becomes_a_filter_with_one_click', async ({ page, backend }) => {
	const campaign = uniqueName('spring');
	const link = await clickedLink(backend, { url: `https://example.com/?utm_campaign=${campaign}` });
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	const panel = page.getByRole('region', { name: 'Campaigns' });
	const { groups } = await readStats(backend, link.id, 'group_by=utm_campaign');
	const clicks = groups?.find(({ value }) => value === campaign)?.clicks ?? 0;
	await expect(panel.getByRole('row').filter({ hasText: campaign })).toContainText(String(clicks));
	await panel.getByRole('button', { name: `Show only ${campaign}` }).click();
	await expect(page).toHaveURL(new RegExp(`utm_campaign=${campaign}`));
	await expect(shown(page, 'All clicks')).toHaveText(String(clicks));
});

test('most_clicked_links_lead_to_their_statistics', async ({ page, backend }) => {
	const tag = uniqueName('ranked');
	const link = await clickedLink(backend, { tags: [tag] });
	await page.goto(`/dashboard/statistics/?tag=${tag}`);
	const name = link.short_url.replace('http://', '');
	await page.getByRole('button', { name: `Statistics of ${name}` }).click();
	await expect(page).toHaveURL(new RegExp(`link=${link.id}`));
	await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
});

test('clicks_of_all_links_appear_by_themselves', async ({ page, backend }) => {
	const link = await createLink(backend);
	await page.goto('/dashboard/statistics/');
	const live = page.getByRole('region', { name: 'Newest clicks' });
	await expect(live.getByRole('row').nth(1)).toBeVisible();
	await backend.get(link.short_url, { maxRedirects: 0, headers: { 'User-Agent': BROWSER } });
	await expect(live.getByRole('link', { name: link.short_url.replace('http://', '') })).toBeVisible({
		timeout: 20_000
	});
});
