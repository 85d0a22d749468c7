import { createLink, expect, test, uniqueName } from './stack.ts';

test('palette_finds_links_and_pages', async ({ page, backend }) => {
	const link = await createLink(backend, { title: uniqueName('Palette') });
	await page.goto('/dashboard/trust/');
	await expect(page.getByRole('heading', { name: 'Trust' })).toBeVisible();
	await page.keyboard.press('Control+k');
	await page.getByRole('dialog').waitFor();
	await page.keyboard.type(link.title ?? '');
	await expect(page.getByRole('option', { name: new RegExp(link.title ?? '') })).toBeVisible();
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(new RegExp(`statistics/\\?link=${link.id}`));

	await page.keyboard.press('Control+k');
	await page.getByRole('dialog').waitFor();
	await page.keyboard.type('blocked');
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(/blocked-hosts/);
});

test('pages_are_reached_by_two_keys', async ({ page }) => {
	await page.goto('/dashboard/links/');
	await expect(page.getByRole('heading', { name: 'Links' })).toBeVisible();
	// Repeated: on a busy machine more time may pass between two keys than a sequence allows.
	const leadsTo = (keys: string[], address: RegExp) =>
		expect(async () => {
			for (const key of keys) await page.keyboard.press(key);
			await expect(page).toHaveURL(address, { timeout: 1_000 });
		}).toPass();
	await leadsTo(['g', 't'], /trust/);
	await leadsTo(['g', 's'], /statistics/);
});

test('shortcuts_are_listed_and_do_not_fire_while_typing', async ({ page }) => {
	await page.goto('/dashboard/links/');
	await page.getByRole('searchbox').click();
	await page.keyboard.type('??? c');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await expect(page).toHaveURL(/links/);
	await page.getByRole('searchbox').blur();
	await page.keyboard.press('?');
	await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('Next link');
	await page.keyboard.press('Escape');
	await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('theme_is_chosen_and_kept_without_a_flash', async ({ page }) => {
	await page.emulateMedia({ colorScheme: 'light' });
	await page.goto('/dashboard/settings/session/');
	await page.getByRole('radio', { name: 'Theme: dark' }).check();
	await page.reload({ waitUntil: 'commit' });
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
	const background = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
	expect(background).toBe('rgb(19, 20, 17)');
});
