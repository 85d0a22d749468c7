import { createLink, expect, stack, test, uniqueName } from './stack.ts';

test('key_is_shown_once_works_and_is_revoked', async ({ page, playwright }) => {
	const name = uniqueName('Key');
	await page.goto('/dashboard/settings/keys/');
	await page.getByRole('button', { name: 'Create key' }).click();
	const form = page.getByRole('dialog', { name: 'Create key' });
	await form.getByLabel('Name').fill(name);
	await form.getByRole('radio', { name: /^Reader/ }).check();
	await form.getByRole('button', { name: 'Create key' }).click();
	const shown = page.getByRole('dialog', { name: 'Copy the key now' });
	const key = (await shown.locator('output').textContent()) ?? '';
	expect(key).toMatch(/^slk_/);
	await shown.getByRole('button', { name: 'Done' }).click();
	await expect(page.getByText(key)).toHaveCount(0);

	const withKey = await playwright.request.newContext({
		baseURL: stack,
		extraHTTPHeaders: { Authorization: `Bearer ${key}`, Connection: 'close' }
	});
	expect((await withKey.get('/api/v1/links?limit=1')).status()).toBe(200);
	await page.getByRole('button', { name: `Actions for ${name}` }).click();
	await page.getByRole('menuitem', { name: 'Revoke' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
	await expect(page.getByText('Key revoked')).toBeVisible();
	await expect(page.getByRole('cell', { name })).toHaveCount(0);
	expect((await withKey.get('/api/v1/links?limit=1')).status()).toBe(401);
	await withKey.dispose();
});

test('domain_is_added_and_removed', async ({ page }) => {
	const host = `${uniqueName('go')}.example.com`;
	await page.goto('/dashboard/settings/domains/');
	await page.getByLabel('Host name').fill(host);
	await page.keyboard.press('Enter');
	await expect(page.getByRole('listitem').filter({ hasText: host })).toBeVisible();
	await page.getByRole('button', { name: `Remove ${host}` }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
	await expect(page.getByRole('listitem').filter({ hasText: host })).toHaveCount(0);
});

test('refused_host_stands_at_its_field', async ({ page }) => {
	await page.goto('/dashboard/settings/domains/');
	await page.getByLabel('Host name').fill('not a host');
	await page.keyboard.press('Enter');
	await expect(page.getByLabel('Host name')).toHaveAttribute('aria-invalid', 'true');
});

test('host_is_blocked_and_freed', async ({ page }) => {
	const host = `${uniqueName('bad')}.example.net`;
	await page.goto('/dashboard/settings/blocked-hosts/');
	await page.getByLabel('Host or IP address').fill(host);
	await page.getByLabel('Reason').fill('Phishing');
	await page.getByRole('button', { name: 'Block host' }).click();
	await expect(page.getByRole('listitem').filter({ hasText: host })).toContainText('Phishing');
	await page.getByRole('button', { name: `Unblock: ${host}` }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Unblock' }).click();
	await expect(page.getByRole('listitem').filter({ hasText: host })).toHaveCount(0);
});

test('tag_is_renamed_on_all_links', async ({ page, backend }) => {
	const tag = uniqueName('old');
	const renamed = uniqueName('new');
	const link = await createLink(backend, { tags: [tag] });
	await page.goto(`/dashboard/settings/tags/?search=${tag}`);
	await page.getByRole('button', { name: `Rename: ${tag}` }).click();
	await page.getByLabel('New name').fill(renamed);
	await page.keyboard.press('Enter');
	await expect(page.getByText('Tag renamed')).toBeVisible();
	expect(await (await backend.get(`/api/v1/links/${link.id}`)).json()).toMatchObject({ tags: [renamed] });
});

test('webhook_is_made_changed_and_deleted', async ({ page, backend }) => {
	const url = `https://example.com/${uniqueName('hook')}`;
	await page.goto('/dashboard/settings/webhooks/');
	await page.getByRole('button', { name: 'Add webhook' }).click();
	const form = page.getByRole('dialog', { name: 'Add webhook' });
	await form.getByLabel('Address').fill(url);
	await form.getByRole('checkbox', { name: /Clicks, summed/ }).check();
	await form.getByRole('button', { name: 'Add webhook' }).click();
	const shown = page.getByRole('dialog', { name: 'Copy the secret now' });
	await expect(shown.locator('output')).toHaveText(/^whsec_/);
	await shown.getByRole('button', { name: 'Done' }).click();

	const listed = page.getByRole('listitem').filter({ hasText: url });
	await expect(listed).toContainText('clicks.batch');
	await page.getByRole('button', { name: `Actions for ${url}` }).click();
	await page.getByRole('menuitem', { name: 'Disable' }).click();
	await expect(listed).toContainText('Disabled');
	const { data } = (await (await backend.get('/api/v1/webhooks')).json()) as {
		data: { url: string; enabled: boolean }[];
	};
	expect(data.find((webhook) => webhook.url === url)?.enabled).toBe(false);

	await page.getByRole('button', { name: `Actions for ${url}` }).click();
	await page.getByRole('menuitem', { name: 'Deliveries' }).click();
	await expect(page.getByRole('dialog', { name: 'Deliveries' })).toBeVisible();
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: `Actions for ${url}` }).click();
	await page.getByRole('menuitem', { name: 'Delete' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
	await expect(listed).toHaveCount(0);
});

test('refused_webhook_stands_at_its_field', async ({ page }) => {
	await page.goto('/dashboard/settings/webhooks/');
	await page.getByRole('button', { name: 'Add webhook' }).click();
	await page.getByLabel('Address').fill('https://127.0.0.1/hook');
	await page.getByRole('dialog').getByRole('button', { name: 'Add webhook' }).click();
	await expect(page.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true');
});

test('bound_key_is_offered_only_what_it_may_do', async ({ page, browser }) => {
	const name = uniqueName('Bound');
	await page.goto('/dashboard/settings/keys/');
	await page.getByRole('button', { name: 'Create key' }).click();
	const form = page.getByRole('dialog', { name: 'Create key' });
	await form.getByLabel('Name').fill(name);
	await form.getByText('Bounds', { exact: true }).click();
	await form.getByRole('checkbox', { name: 'Create' }).check();
	await form.getByRole('checkbox', { name: 'Read' }).check();
	await form.getByRole('button', { name: 'Create key' }).click();
	const shown = page.getByRole('dialog', { name: 'Copy the key now' });
	const key = (await shown.locator('output').textContent()) ?? '';
	await shown.getByRole('button', { name: 'Done' }).click();
	await expect(page.getByRole('row').filter({ hasText: name })).toContainText('Create');

	const context = await browser.newContext({ baseURL: stack, storageState: { cookies: [], origins: [] } });
	const bound = await context.newPage();
	await bound.goto('/dashboard/');
	await bound.getByLabel('API key').fill(key);
	await bound.getByRole('button', { name: 'Sign in' }).click();
	await expect(bound.getByLabel('Destination of a new link')).toBeVisible();
	await expect(bound.getByRole('link', { name: 'Statistics' })).toHaveCount(0);
	await bound
		.getByRole('button', { name: /^Actions for/ })
		.first()
		.click();
	await expect(bound.getByRole('menuitem', { name: 'Duplicate' })).toBeVisible();
	await expect(bound.getByRole('menuitem', { name: /Edit|Delete|Disable/ })).toHaveCount(0);
	await context.close();
});
