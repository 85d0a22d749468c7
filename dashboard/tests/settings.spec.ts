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

test('secret_for_yourls_is_shown_where_its_api_is_served', async ({ page, backend }) => {
	const name = uniqueName('Yourls');
	const created = await backend.post('/api/v1/keys', { data: { name, role: 'editor' } });
	const { id } = (await created.json()) as { id: string };
	await page.goto('/dashboard/settings/keys/');
	await page.getByRole('button', { name: `Actions for ${name}` }).click();
	await page.getByRole('menuitem', { name: 'Secret for YOURLS' }).click();
	const shown = page.getByRole('dialog', { name: `Secret of ${name} for YOURLS` });
	const secret = (await shown.locator('output').textContent()) ?? '';
	const stored = await backend.get(`/api/v1/keys/${id}/yourls-secret`);
	expect(await stored.json()).toEqual({ secret });
	await shown.getByRole('button', { name: 'Done' }).click();
	await expect(page.getByText(secret)).toHaveCount(0);

	const off = { type: '', title: '', status: 404, code: 'yourls_unavailable', detail: '' };
	await page.route('**/yourls-secret', (route) => route.fulfill({ status: 404, json: off }));
	const asked = page.waitForResponse('**/yourls-secret');
	await page.reload();
	await asked;
	await page.getByRole('button', { name: `Actions for ${name}` }).click();
	await expect(page.getByRole('menuitem', { name: 'Revoke' })).toBeVisible();
	await expect(page.getByRole('menuitem', { name: 'Secret for YOURLS' })).toHaveCount(0);
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

/** Of a brand: wider than high, and larger than the API takes. */
const LOGO = {
	name: 'logo.svg',
	mimeType: 'image/svg+xml',
	buffer: Buffer.from(
		'<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="300"><rect width="1200" height="300" fill="#0f8f6b"/></svg>'
	)
};

test('domain_gets_its_name_color_logo_and_destinations', async ({ page, backend }) => {
	const host = `${uniqueName('brand')}.example.com`;
	expect((await backend.post('/api/v1/domains', { data: { host } })).status()).toBe(201);
	const stored = async () => (await (await backend.get(`/api/v1/domains/${host}`)).json()) as unknown;
	await page.goto('/dashboard/settings/domains/');
	await page.getByRole('link', { name: `Edit: ${host}` }).click();
	await expect(page.getByRole('heading', { name: host })).toBeVisible();
	await expect(page.getByRole('button', { name: 'Save changes' })).toBeDisabled();

	await page.getByLabel('Name', { exact: true }).fill('Brand & Töchter');
	await page.getByLabel('Colour', { exact: true }).fill('#ffe14d');
	await expect(page.getByText('hard to see on light devices')).toBeVisible();
	await page.getByLabel('Colour', { exact: true }).fill('#0f8f6b');
	await expect(page.getByText('hard to see')).toHaveCount(0);
	await page.getByLabel('Logo', { exact: true }).setInputFiles(LOGO);
	await expect(page.getByText('512 × 128 px')).toBeVisible();
	const preview = page.getByRole('figure', { name: 'Preview: On a dark device' });
	await expect(preview).toContainText('Brand & Töchter');
	await expect(preview.locator('img')).toHaveJSProperty('naturalWidth', 512);

	await page.getByLabel('Just the domain').fill('https://brand.example');
	await page.getByLabel('Unknown names').fill('https://brand.example/?q={path}');
	await expect(page.getByText('https://brand.example/?q=sprnig')).toBeVisible();
	await page.getByRole('switch', { name: 'Search engines' }).uncheck();
	await page.keyboard.press('Control+s');
	await expect(page.getByText(/^Saved/)).toBeVisible();
	expect(await stored()).toMatchObject({
		name: 'Brand & Töchter',
		color: '0f8f6b',
		home_url: 'https://brand.example/',
		not_found_url: 'https://brand.example/?q={path}',
		expired_url: null,
		robots: 'disallow',
		logo_url: expect.stringContaining(host) as unknown
	});
	// What is stored is written as the API does.
	await expect(page.getByLabel('Just the domain')).toHaveValue('https://brand.example/');
	await expect(page.getByRole('button', { name: 'Save changes' })).toBeDisabled();

	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(page.getByText('The change is taken back')).toBeVisible();
	expect(await stored()).toMatchObject({
		name: null,
		color: null,
		home_url: null,
		logo_url: null,
		robots: 'allow'
	});
	await expect(page.getByLabel('Name', { exact: true })).toHaveValue('');
});

test('preview_shows_the_page_that_visitors_see', async ({ page, backend }) => {
	const { data } = (await (await backend.get('/api/v1/domains')).json()) as {
		data: { host: string; default: boolean }[];
	};
	const host = data.find((domain) => domain.default)?.host ?? '';
	const link = await createLink(backend, { password: 'a password' });
	await page.goto(link.short_url);
	const seen = await page.getByRole('main').locator('h1, h1 + p').allTextContents();
	await page.goto(`/dashboard/settings/domains/edit/?host=${encodeURIComponent(host)}`);
	await page.getByLabel('Preview', { exact: true }).selectOption('Link with a password');
	for (const text of seen) {
		await expect(page.getByRole('figure', { name: 'Preview: On a light device' })).toContainText(text);
	}
	expect(seen).toHaveLength(2);
});

test('refused_setting_of_a_domain_stands_at_its_field_and_stays_typed', async ({ page, backend }) => {
	const host = `${uniqueName('brand')}.example.com`;
	expect((await backend.post('/api/v1/domains', { data: { host } })).status()).toBe(201);
	await page.goto(`/dashboard/settings/domains/edit/?host=${host}`);
	await page.getByLabel('Expired links').fill('ftp://brand.example/');
	await page.getByLabel('Name', { exact: true }).fill('Brand');
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByLabel('Expired links')).toHaveAttribute('aria-invalid', 'true');
	await expect(page.getByLabel('Expired links')).toBeFocused();
	await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Brand');
	await page.getByLabel('Expired links').fill('https://brand.example/over');

	await page.getByText('Apps that open links').click();
	const file = page.getByLabel('iPhone and iPad');
	await file.fill('{\n"applinks": {}\n"x": 1\n}');
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByText('Line 3 is not JSON.')).toBeVisible();
	await expect(file).toBeFocused();
	await file.fill('');
	await expect(file).toBeVisible();
	await file.fill('[]');
	await page.getByText('Apps that open links').click();
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(file).toBeFocused();
	await file.blur();
	await expect(page.getByText('It must be an object')).toBeVisible();
	await file.fill('{"applinks": {"details": []}}');
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByText(/^Saved/)).toBeVisible();
	expect(await (await backend.get(`/api/v1/domains/${host}`)).json()).toMatchObject({
		name: 'Brand',
		expired_url: 'https://brand.example/over',
		apple_app_site_association: { applinks: { details: [] } }
	});
});

test('stored_logo_is_shown_removed_and_brought_back', async ({ page, backend }) => {
	const { data } = (await (await backend.get('/api/v1/domains')).json()) as {
		data: { host: string; default: boolean }[];
	};
	const host = data.find((domain) => domain.default)?.host ?? '';
	const logoUrl = async () =>
		((await (await backend.get(`/api/v1/domains/${host}`)).json()) as { logo_url: string | null }).logo_url;
	await page.goto(`/dashboard/settings/domains/edit/?host=${encodeURIComponent(host)}`);
	await page.getByLabel('Logo', { exact: true }).setInputFiles(LOGO);
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByText(/^Saved/)).toBeVisible();
	const first = await logoUrl();
	await page.reload();
	await expect(page.getByAltText('The logo')).toHaveJSProperty('naturalWidth', 512);
	await page.getByRole('button', { name: 'Remove logo' }).click();
	await expect(page.getByAltText('The logo')).toHaveCount(0);
	await page.getByRole('button', { name: 'Save changes' }).click();
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(page.getByAltText('The logo')).toHaveJSProperty('naturalWidth', 512);
	expect(await logoUrl()).toBe(first);
	await backend.patch(`/api/v1/domains/${host}`, { data: { logo: null } });
});

test('logo_of_another_host_is_linked_since_the_policy_lets_no_page_load_it', async ({ page, backend }) => {
	const host = `${uniqueName('brand')}.example.com`;
	expect((await backend.post('/api/v1/domains', { data: { host } })).status()).toBe(201);
	const logo =
		'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
	const changed = await backend.patch(`/api/v1/domains/${host}`, { data: { logo } });
	expect(changed.status(), await changed.text()).toBe(200);
	await page.goto(`/dashboard/settings/domains/edit/?host=${host}`);
	const link = page.getByRole('link', { name: 'Open the logo' });
	await expect(link).toHaveAttribute('href', new RegExp(`//${host}[:/]`));
});

test('file_that_is_no_picture_is_refused_as_a_logo', async ({ page, backend }) => {
	const host = `${uniqueName('brand')}.example.com`;
	expect((await backend.post('/api/v1/domains', { data: { host } })).status()).toBe(201);
	await page.goto(`/dashboard/settings/domains/edit/?host=${host}`);
	const buffer = Buffer.from('no picture');
	await page
		.getByLabel('Logo', { exact: true })
		.setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer });
	await expect(page.getByText('no picture that the browser can read')).toBeVisible();
	await expect(page.getByRole('button', { name: 'Save changes' })).toBeDisabled();
});

test('settings_of_a_domain_are_not_offered_to_an_editor', async ({ browser, backend }) => {
	const made = await backend.post('/api/v1/keys', { data: { name: uniqueName('Editor'), role: 'editor' } });
	const { key } = (await made.json()) as { key: string };
	const context = await browser.newContext({ baseURL: stack, storageState: { cookies: [], origins: [] } });
	const page = await context.newPage();
	await page.goto('/dashboard/settings/domains/');
	await page.getByLabel('API key').fill(key);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await expect(page.getByRole('listitem').filter({ hasText: 'Default' })).toBeVisible();
	await expect(page.getByRole('link', { name: /^Edit:/ })).toHaveCount(0);
	await page.goto('/dashboard/settings/domains/edit/?host=localhost');
	await expect(page.getByText('Your key’s role does not allow this')).toBeVisible();
	await context.close();
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
