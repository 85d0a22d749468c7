import { createLink, expect, stack, test, uniqueName } from './stack.ts';

interface Pipeline {
	total: { produced: number; stored: number; missing: number };
}

test('accounting_on_the_page_is_that_of_the_api', async ({ page }) => {
	// Other tests click meanwhile: what the page read is what it must show.
	const answered = page.waitForResponse((response) => response.url().endsWith('/api/v1/pipeline'));
	await page.goto('/dashboard/trust/');
	const { total } = (await (await answered).json()) as Pipeline;
	const card = page.getByRole('region', { name: 'Click accounting' });
	const format = new Intl.NumberFormat('en-GB');
	for (const [label, value] of [
		['Produced', total.produced],
		['Stored', total.stored],
		['Missing', total.missing]
	] as const) {
		const place = card.locator('div').filter({ has: page.getByText(label, { exact: true }) });
		await expect(place.getByRole('definition').first()).toHaveText(format.format(value));
	}
	await expect(card.getByText('The accounts balance.')).toBeVisible();
});

test('readiness_names_each_part', async ({ page }) => {
	await page.goto('/dashboard/trust/');
	const card = page.getByRole('region', { name: 'Readiness' });
	for (const part of ['Edge', 'Origin', 'Click queue']) await expect(card.getByText(part)).toBeVisible();
});

test('orphan_visit_becomes_a_link', async ({ page, backend }) => {
	const name = uniqueName('misprint');
	for (let visit = 0; visit < 3; visit += 1)
		await backend.get(new URL(name, stack).href, { maxRedirects: 0 });
	await expect
		.poll(async () => (await backend.get('/api/v1/orphans?limit=1000')).text(), { timeout: 20_000 })
		.toContain(name);
	await page.goto('/dashboard/trust/?orphans=all');
	const more = page.getByRole('region', { name: 'Orphan visits' }).getByRole('button', { name: 'Load more' });
	const make = page.getByRole('link', { name: new RegExp(`Make this a link: .*${name}`) });
	await expect(async () => {
		if (await more.isVisible()) await more.click();
		await expect(make).toBeVisible({ timeout: 500 });
	}).toPass();
	await make.click();
	await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue(name);
	await page.getByLabel('Destination', { exact: true }).fill('https://example.com/found');
	await page.getByRole('button', { name: 'Create link' }).click();
	await expect(page).toHaveURL(/statistics/);
	const followed = await backend.get(new URL(name, stack).href, { maxRedirects: 0 });
	expect(followed.headers()['location']).toBe('https://example.com/found');
});

test('last_change_is_shown_until_it_is_visible_everywhere', async ({ page, backend }) => {
	const link = await createLink(backend);
	await page.goto('/dashboard/trust/');
	const changes = page.getByRole('region', { name: 'Last changes' });
	const changed = changes.getByRole('listitem').filter({ hasText: link.code });
	// Other tests change links meanwhile, and only the last ones are shown.
	await expect(async () => {
		await backend.patch(`/api/v1/links/${link.id}`, {
			data: { title: crypto.randomUUID() },
			headers: { 'Content-Type': 'application/merge-patch+json' }
		});
		await page.reload();
		await expect(changed).toContainText('Visible everywhere', { timeout: 8_000 });
	}).toPass();
	await changed.getByRole('link').click();
	await expect(page.getByRole('main').getByRole('listitem').first()).toContainText('Link changed');
});
