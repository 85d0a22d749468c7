import { adminKey, createLink, expect, test } from './stack.ts';

test.describe('signed out', () => {
	test.use({ storageState: { cookies: [], origins: [] } });

	test('wrong_key_says_so', async ({ page }) => {
		await page.goto('/dashboard/');
		await page.getByLabel('API key').fill('slk_wrong_0000000000000000000000000000');
		await page.getByRole('button', { name: 'Sign in' }).click();
		await expect(page.getByText('unknown, revoked or expired')).toBeVisible();
	});

	test('key_opens_the_page_that_was_asked_for_and_is_kept_nowhere', async ({ page }) => {
		await page.goto('/dashboard/trust/');
		const field = page.getByLabel('API key');
		await expect(field).toHaveAttribute('type', 'password');
		await field.fill(adminKey);
		await field.press('Enter');
		await expect(page.getByRole('heading', { name: 'Trust' })).toBeVisible();
		const stored = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
		expect(stored).not.toContain(adminKey);
		expect(stored).not.toContain('session');

		await page.getByRole('button', { name: 'Account and appearance' }).first().click();
		await page.getByRole('menuitem', { name: 'Sign out' }).click();
		await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
		await page.reload();
		await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
	});

	test('links_are_shown_after_signing_in_where_they_were_refused', async ({ page }) => {
		await page.goto('/dashboard/links/');
		const field = page.getByLabel('API key');
		await field.fill(adminKey);
		await field.press('Enter');
		await expect(page.getByRole('table')).toBeVisible();
	});

	test('language_is_chosen_and_kept', async ({ page }) => {
		await page.goto('/dashboard/');
		await page.getByRole('button', { name: 'Deutsch' }).click();
		await expect(page.getByRole('heading', { name: 'Anmelden' })).toBeVisible();
		await expect(page.locator('html')).toHaveAttribute('lang', 'de');
		await page.reload();
		await expect(page.getByLabel('API-Schlüssel')).toBeVisible();
	});
});

test('ended_session_keeps_what_was_typed', async ({ page, backend }) => {
	const made = await backend.post('/api/v1/keys', { data: { name: 'For one test', role: 'editor' } });
	const { id, key } = (await made.json()) as { id: string; key: string };
	await page.context().clearCookies();
	await page.goto('/dashboard/new/?url=https%3A%2F%2Fexample.com%2F');
	await page.getByLabel('API key').fill(key);
	await page.getByLabel('API key').press('Enter');
	await page.getByLabel('Title').fill('Typed before the key was revoked');

	await backend.delete(`/api/v1/keys/${id}`);
	await page.getByRole('button', { name: 'Create link' }).click();
	const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
	await dialog.getByLabel('API key').fill(adminKey);
	await dialog.getByRole('button', { name: 'Sign in' }).click();
	await expect(dialog).toBeHidden();
	await expect(page.getByLabel('Title')).toHaveValue('Typed before the key was revoked');
	await page.getByRole('button', { name: 'Create link' }).click();
	await expect(page.getByText('Typed before the key was revoked')).toBeVisible();
});

test('another_browser_is_signed_out_in_the_list', async ({ page, backend, browser }) => {
	const made = await backend.post('/api/v1/keys', { data: { name: 'Two browsers', role: 'reader' } });
	const { id: keyId, key } = (await made.json()) as { id: string; key: string };
	const other = await browser.newContext({ storageState: { cookies: [], origins: [] } });
	const signedIn = await other.request.post('/api/v1/sessions', {
		data: { key },
		headers: { 'Shortline-Dashboard': '1' }
	});
	expect(signedIn.status()).toBe(201);
	await page.context().clearCookies();
	await page.goto('/dashboard/settings/session/');
	await page.getByLabel('API key').fill(key);
	await page.getByLabel('API key').press('Enter');
	const rows = page.getByRole('region', { name: 'Sessions of this key' }).getByRole('listitem');
	await expect(rows).toHaveCount(2);
	await rows.getByRole('button', { name: /^Sign out the session since/ }).click();
	await expect(rows).toHaveCount(1);
	await expect(rows).toContainText('This browser');
	expect((await other.request.get('/api/v1/sessions/current')).status()).toBe(401);
	await other.close();
	await backend.delete(`/api/v1/keys/${keyId}`);
});

test('reader_is_offered_nothing_that_is_refused', async ({ page, backend }) => {
	const { id: link } = await createLink(backend);
	const made = await backend.post('/api/v1/keys', { data: { name: 'Reads', role: 'reader' } });
	const { id, key } = (await made.json()) as { id: string; key: string };
	await page.context().clearCookies();
	await page.goto('/dashboard/');
	await page.getByLabel('API key').fill(key);
	await page.getByLabel('API key').press('Enter');
	await expect(page.getByRole('table')).toBeVisible();
	await expect(page.getByLabel('Destination of a new link')).toHaveCount(0);
	await page
		.locator(`[data-link="${link}"]`)
		.getByRole('button', { name: /^Actions for/ })
		.click();
	await expect(page.getByRole('menuitem', { name: 'Statistics' })).toBeVisible();
	await expect(page.getByRole('menuitem', { name: 'Delete' })).toHaveCount(0);
	await page.keyboard.press('Escape');
	await page.goto('/dashboard/settings/keys/');
	await expect(page.getByText('does not allow this')).toBeVisible();
	await backend.delete(`/api/v1/keys/${id}`);
});
