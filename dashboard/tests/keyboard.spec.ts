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

test('each_key_of_the_list_does_what_it_says', async ({ page, backend }) => {
	const tag = uniqueName('keys');
	const link = await createLink(backend, { title: 'Keys', tags: [tag] });
	const list = `/dashboard/links/?tag=${tag}`;
	const anchor = page.locator(`[data-link="${link.id}"] [data-row-anchor]`);
	const press = async (key: string) => {
		await page.goto(list);
		await anchor.focus();
		await page.keyboard.press(key);
	};
	await press('e');
	await expect(page).toHaveURL(new RegExp(`links/edit/\\?id=${link.id}`));
	await press('d');
	await expect(page).toHaveURL(new RegExp(`new/\\?from=${link.id}`));
	await press('c');
	await expect(page).toHaveURL(/new\/$/);
	await press('/');
	await expect(page.getByRole('searchbox')).toBeFocused();
	await press('n');
	await expect(page.getByLabel('Destination of a new link')).toBeFocused();
	await press('x');
	await expect(page.getByRole('toolbar')).toContainText('1 link selected');
	await page.keyboard.press('Escape');
	await expect(page.getByRole('toolbar')).toHaveCount(0);
	// Where a dialog was opened, one goes on after it.
	for (const [key, name] of [
		['q', 'QR code'],
		['#', 'Delete this link?']
	] as const) {
		await press(key);
		await expect(page.getByRole('dialog', { name })).toBeVisible();
		await page.keyboard.press('Escape');
		await expect(page.getByRole('dialog')).toHaveCount(0);
		await expect(anchor).toBeFocused();
	}
});

test('first_tab_skips_the_navigation', async ({ page }) => {
	await page.goto('/dashboard/trust/');
	await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
	await page.keyboard.press('Tab');
	await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
	await page.keyboard.press('Enter');
	await page.keyboard.press('Tab');
	expect(await page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true);
});

test('form_is_sent_and_rules_change_places_with_the_keyboard', async ({ page, backend }) => {
	const rules = ['a', 'b'].map((name) => ({ if: { country: ['DE'] }, url: `https://example.com/${name}` }));
	const link = await createLink(backend, { rules });
	await page.goto(`/dashboard/links/edit/?id=${link.id}`);
	await page.getByRole('button', { name: 'Move up: Rule 2' }).focus();
	await page.keyboard.press('Enter');
	await expect(page.getByLabel('Send to').first()).toHaveValue('https://example.com/b');
	await page.keyboard.press('Control+Enter');
	await expect(page.getByText(/^Saved/)).toBeVisible();
	const stored = (await (await backend.get(`/api/v1/links/${link.id}`)).json()) as { rules: unknown };
	expect(stored.rules).toEqual(rules.toReversed());
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
