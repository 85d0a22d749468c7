import { readFileSync } from 'node:fs';
import { createLink, expect, stack, test, uniqueName, type StoredLink } from './stack.ts';

test('pasted_url_and_enter_make_a_link_that_redirects', async ({ page, backend }) => {
	const path = uniqueName('pasted');
	await page.goto('/dashboard/links/');
	await page.getByLabel('Destination of a new link').fill(`example.com/${path}`);
	await page.keyboard.press('Enter');
	const made = page.getByRole('status').filter({ hasText: 'New link' }).getByRole('link').first();
	const shortUrl = await made.getAttribute('href');
	const followed = await backend.get(shortUrl ?? '', { maxRedirects: 0 });
	expect(followed.headers()['location']).toBe(`https://example.com/${path}`);
	await expect(page.getByRole('table').getByText(`example.com/${path}`).first()).toBeAttached();
});

test('refused_destination_stays_in_the_field', async ({ page }) => {
	await page.goto('/dashboard/links/');
	const field = page.getByLabel('Destination of a new link');
	await field.fill('ftp://example.com/file');
	await field.press('Enter');
	await expect(page.locator('#create-problem')).not.toBeEmpty();
	await expect(field).toHaveAttribute('aria-invalid', 'true');
	await expect(field).toHaveValue('ftp://example.com/file');
});

test('session_and_links_are_asked_for_before_the_application_is_there', async ({ page }) => {
	const asked: string[] = [];
	page.on('request', (request) => asked.push(new URL(request.url()).pathname));
	// Chunks never come.
	await page.route('**/_app/immutable/**', () => undefined);
	await page.goto('/dashboard/links/', { waitUntil: 'commit' });
	await expect.poll(() => asked).toContain('/api/v1/links');
	expect(asked).toContain('/api/v1/sessions/current');
});

test('first_page_asks_for_session_and_links_once', async ({ page }) => {
	const asked: string[] = [];
	page.on('request', (request) => asked.push(new URL(request.url()).pathname));
	for (const path of ['/dashboard/', '/dashboard/links/', '/dashboard/links/?state=active']) {
		asked.length = 0;
		await page.goto(path);
		await page.getByRole('table').waitFor();
		await page.waitForLoadState('networkidle');
		expect(asked.filter((each) => each === '/api/v1/links')).toHaveLength(1);
		expect(asked.filter((each) => each === '/api/v1/sessions/current')).toHaveLength(1);
	}
});

test('search_and_filters_are_in_the_address', async ({ page, backend }) => {
	const tag = uniqueName('tag');
	const found = await createLink(backend, { title: uniqueName('Findable'), tags: [tag] });
	await createLink(backend, { title: uniqueName('Other'), tags: [tag], state: 'disabled' });
	await page.goto(`/dashboard/links/?tag=${tag}`);
	await expect(page.getByRole('row')).toHaveCount(3);
	await page.getByLabel('State').selectOption('active');
	await expect(page.getByRole('row')).toHaveCount(2);
	await page.getByRole('searchbox').fill(found.title ?? '');
	await expect(page).toHaveURL(/search=Findable/);
	await page.reload();
	await expect(page.getByText(found.title ?? '')).toBeVisible();

	await page.getByRole('searchbox').fill('nothing has this text');
	await expect(page.getByText('No link matches')).toBeVisible();
	await page.getByRole('button', { name: 'Clear filters' }).first().click();
	await expect(page).not.toHaveURL(/tag=/);
	await page.goBack();
	await expect(page).toHaveURL(/tag=/);
});

test('filters_of_tags_and_days_are_in_the_address', async ({ page, backend }) => {
	const [tag, other] = [uniqueName('one'), uniqueName('other')];
	const found = await createLink(backend, { tags: [tag], title: uniqueName('Found') });
	await createLink(backend, { tags: [tag, other], title: uniqueName('Left out') });
	await page.goto(`/dashboard/links/?tag=${tag}`);
	await expect(page.getByRole('row')).toHaveCount(3);
	await page.getByRole('button', { name: 'More filters' }).click();
	await page.getByLabel('None of the tags').fill(other);
	await page.getByLabel('None of the tags').press('Enter');
	await expect(page.getByRole('row')).toHaveCount(2);
	await expect(page.getByText(found.title ?? '')).toBeVisible();
	await page.getByLabel('Created until').fill('2020-01-01');
	await expect(page.getByText('No link matches')).toBeVisible();
	await page.reload();
	await expect(page.getByText('No link matches')).toBeVisible();
	await page.getByRole('button', { name: /^Remove Created until 1 Jan 2020/ }).click();
	await expect(page.getByRole('row')).toHaveCount(2);
	await page.getByRole('button', { name: `Remove None of the tags: ${other}` }).click();
	await expect(page.getByRole('row')).toHaveCount(3);
});

test('links_of_a_key_are_found_by_its_name', async ({ page, backend, playwright }) => {
	const name = uniqueName('author');
	const made = await backend.post('/api/v1/keys', { data: { name, role: 'editor' } });
	const { key } = (await made.json()) as { key: string };
	const author = await playwright.request.newContext({
		baseURL: stack,
		extraHTTPHeaders: { Authorization: `Bearer ${key}`, Connection: 'close' }
	});
	const link = await createLink(author, { title: uniqueName('Written') });
	await author.dispose();
	await page.goto('/dashboard/links/');
	await page.getByRole('button', { name: 'More filters' }).click();
	await page.getByLabel('Created by').selectOption(name);
	await expect(page.getByRole('row')).toHaveCount(2);
	await expect(page.getByText(link.title ?? '')).toBeVisible();
	await expect(page.getByRole('button', { name: `Remove Created by: ${name}` })).toBeVisible();
});

test('selected_links_lose_a_tag_and_move_to_another_domain', async ({ page, backend }) => {
	const [tag, dropped, host] = [
		uniqueName('moved'),
		uniqueName('dropped'),
		`${uniqueName('to')}.example.com`
	];
	expect((await backend.post('/api/v1/domains', { data: { host } })).status()).toBe(201);
	const links = await Promise.all([1, 2].map(() => createLink(backend, { tags: [tag, dropped] })));
	await page.goto(`/dashboard/links/?tag=${tag}`);
	await page.getByLabel('Select all shown links').check();
	await page.getByRole('toolbar').getByLabel('Tag', { exact: true }).fill(dropped);
	await page.getByRole('toolbar').getByRole('button', { name: 'Remove tag' }).click();
	await expect(page.getByText('2 links changed')).toBeVisible();
	await expect(page.getByRole('toolbar')).toBeHidden();
	await page.getByLabel('Select all shown links').check();
	await page.getByRole('toolbar').getByRole('button', { name: 'Move to' }).click();
	await page.getByRole('menuitem', { name: host }).click();
	await expect(page.getByRole('toolbar')).toBeHidden();
	for (const { id } of links) {
		const stored = (await (await backend.get(`/api/v1/links/${id}`)).json()) as object;
		expect(stored).toMatchObject({ domain: host, tags: [tag] });
	}
});

test('all_links_of_a_filter_are_one_file', async ({ page, backend }) => {
	const tag = uniqueName('exported');
	const links = Array.from({ length: 60 }, (_, at) => ({ url: `https://example.com/${at}`, tags: [tag] }));
	expect((await backend.post('/api/v1/links/bulk', { data: { links } })).status()).toBe(200);
	await page.goto(`/dashboard/links/?tag=${tag}`);
	await page.getByLabel('Select all shown links').check();
	await page.getByRole('button', { name: 'Select all 60' }).click();
	const downloading = page.waitForEvent('download');
	await page.getByRole('toolbar').getByRole('button', { name: 'CSV' }).click();
	const lines = readFileSync(await (await downloading).path(), 'utf8')
		.trim()
		.split(/\r?\n/);
	expect(lines).toHaveLength(61);
});

test('list_is_used_with_the_keyboard_alone', async ({ page, backend }) => {
	const tag = uniqueName('keys');
	const second = await createLink(backend, { tags: [tag], title: 'Second' });
	const first = await createLink(backend, { tags: [tag], title: 'First' });
	await page.goto(`/dashboard/links/?tag=${tag}`);
	await expect(page.getByRole('row')).toHaveCount(3);
	await page.keyboard.press('j');
	await page.keyboard.press('j');
	await expect(page.locator(`[data-link="${second.id}"] [data-row-anchor]`)).toBeFocused();
	await page.keyboard.press('x');
	await expect(page.getByRole('toolbar', { name: '1 link selected' })).toBeVisible();
	await page.keyboard.press('k');
	await page.keyboard.press('q');
	await expect(page.getByRole('img', { name: /^QR code of/ })).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await page.keyboard.press('e');
	await expect(page).toHaveURL(new RegExp(`links/edit/\\?id=${first.id}`));
});

test('selected_links_are_changed_together', async ({ page, backend }) => {
	const tag = uniqueName('many');
	const links = await Promise.all(
		[1, 2, 3].map((each) => createLink(backend, { tags: [tag], title: `Link ${each}` }))
	);
	await page.goto(`/dashboard/links/?tag=${tag}`);
	await page.getByLabel('Select all shown links').check();
	await page.getByRole('toolbar').getByRole('button', { name: 'Disable' }).click();
	await expect(page.getByText('3 links changed')).toBeVisible();
	await expect(page.getByRole('table').getByText('Disabled')).toHaveCount(3);
	const stored = await backend.get(`/api/v1/links/${links[0]?.id}`);
	expect(((await stored.json()) as StoredLink).state).toBe('disabled');
	await expect(page.getByRole('toolbar')).toBeHidden();

	await page.getByLabel('Select all shown links').check();
	await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
	await expect(page.getByText('3 links deleted')).toBeVisible();
	await expect(page.getByText('No link matches')).toBeVisible();
	expect((await backend.get(`/api/v1/links/${links[0]?.id}`)).status()).toBe(404);
});

test('deletion_of_many_is_undone', async ({ page, backend }) => {
	const tag = uniqueName('undone');
	const links = await Promise.all([1, 2].map(() => createLink(backend, { tags: [tag] })));
	await page.goto(`/dashboard/links/?tag=${tag}`);
	await page.getByLabel('Select all shown links').check();
	await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
	await expect(page.getByText('No link matches')).toBeVisible();
	await page.getByRole('button', { name: 'Undo', exact: true }).click();
	await expect(page.getByRole('row')).toHaveCount(3);
	for (const { short_url } of links) {
		expect((await backend.get(short_url, { maxRedirects: 0 })).status()).toBe(302);
	}
});

test('key_that_may_not_change_is_offered_no_undo', async ({ page, backend }) => {
	const tag = uniqueName('final');
	await Promise.all([1, 2].map(() => createLink(backend, { tags: [tag] })));
	const body = { name: uniqueName('cleaner'), role: 'editor', actions: ['read', 'delete'] };
	const { key } = (await (await backend.post('/api/v1/keys', { data: body })).json()) as { key: string };
	const headers = { 'Shortline-Dashboard': '1' };
	await page.context().clearCookies();
	expect((await page.request.post('/api/v1/sessions', { data: { key }, headers })).ok()).toBe(true);

	await page.goto(`/dashboard/links/?tag=${tag}`);
	await expect(page.getByRole('row')).toHaveCount(3);
	await page.keyboard.press('j');
	await page.keyboard.press('#');
	await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
	const undo = page.getByRole('button', { name: 'Undo', exact: true });
	await expect(page.getByText('1 link deleted')).toBeVisible();
	await expect(undo).toHaveCount(0);

	await expect(page.getByRole('row')).toHaveCount(2);
	await page.getByLabel('Select all shown links').check();
	await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
	await expect(page.getByText('No link matches')).toBeVisible();
	await expect(page.getByText('1 link deleted').last()).toBeVisible();
	await expect(undo).toHaveCount(0);
});

test('filter_of_too_many_links_is_not_selected_whole', async ({ page, backend }) => {
	const tag = uniqueName('crowded');
	await createLink(backend, { tags: [tag] });
	await page.route('**/api/v1/links?*', async (route) => {
		const answer = await route.fetch();
		const few = (await answer.json()) as object;
		const json = { ...few, next_cursor: 'more', total: 10_000, total_exceeded: true };
		return route.request().url().includes('cursor=') ? route.abort() : route.fulfill({ json });
	});
	await page.goto(`/dashboard/links/?tag=${tag}`);
	await page.getByLabel('Select all shown links').check();
	await expect(page.getByText('More than 10,000 links match: narrow the filter')).toBeVisible();
	await expect(page.getByRole('button', { name: /^Select all/ })).toHaveCount(0);
});

test('archived_links_leave_the_list_and_still_redirect', async ({ page, backend }) => {
	const tag = uniqueName('archived');
	const link = await createLink(backend, { tags: [tag] });
	await page.goto(`/dashboard/links/?tag=${tag}`);
	await page.getByLabel('Select all shown links').check();
	await page.getByRole('toolbar').getByRole('button', { name: 'Archive', exact: true }).click();
	await expect(page.getByText('No link matches')).toBeVisible();
	expect((await backend.get(link.short_url, { maxRedirects: 0 })).status()).toBe(302);
	await page.goto(`/dashboard/links/?tag=${tag}&archived=true`);
	await expect(page.getByRole('row')).toHaveCount(2);
});

test('edit_sends_only_what_changed', async ({ page, backend }) => {
	const link = await createLink(backend, { title: 'Before', notes: 'Stays' });
	await page.goto(`/dashboard/links/edit/?id=${link.id}`);
	await page.getByLabel('Title').fill('After');
	const sent = page.waitForRequest((request) => request.method() === 'PATCH');
	await page.keyboard.press('Control+s');
	const request = await sent;
	expect(request.postDataJSON()).toEqual({ title: 'After' });
	expect(request.headers()['if-match']).toBeTruthy();
	await expect(page.getByText(/^Saved/)).toBeVisible();
	const stored = (await (await backend.get(`/api/v1/links/${link.id}`)).json()) as StoredLink;
	expect(stored.title).toBe('After');
});

test('change_by_somebody_else_is_not_overwritten', async ({ page, backend }) => {
	const link = await createLink(backend, { title: 'Before' });
	await page.goto(`/dashboard/links/edit/?id=${link.id}`);
	await page.getByLabel('Title').fill('Mine');
	await backend.patch(`/api/v1/links/${link.id}`, {
		data: { title: 'Theirs' },
		headers: { 'Content-Type': 'application/merge-patch+json' }
	});
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByText('changed elsewhere')).toBeVisible();
	await expect(page.getByLabel('Title')).toHaveValue('Mine');
});

test('taken_name_stands_at_its_field', async ({ page, backend }) => {
	const alias = uniqueName('taken');
	await createLink(backend, { alias });
	await page.goto('/dashboard/new/?url=https%3A%2F%2Fexample.com%2F');
	const name = page.getByRole('textbox', { name: 'Name' });
	await name.fill(alias);
	await expect(page.getByText('Taken', { exact: true })).toBeVisible();
	await name.fill(uniqueName('free'));
	await expect(page.getByText('Available')).toBeVisible();
});

test('name_of_an_archived_link_is_taken', async ({ page, backend }) => {
	const alias = uniqueName('shelved');
	await createLink(backend, { alias, archived: true });
	await page.goto('/dashboard/new/?url=https%3A%2F%2Fexample.com%2F');
	await page.getByRole('textbox', { name: 'Name' }).fill(alias);
	await expect(page.getByText('Taken', { exact: true })).toBeVisible();
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox', { name: 'Search links and actions' }).fill(alias);
	await expect(page.getByRole('option').filter({ hasText: alias })).toBeVisible();
});

test('rules_are_written_and_tried_out', async ({ page, backend }) => {
	const title = uniqueName('Ruled');
	await page.goto('/dashboard/new/?url=https%3A%2F%2Fexample.com%2Felse');
	await page.getByLabel('Title').fill(title);
	await page.getByRole('heading', { name: 'Rules' }).click();
	await page.getByRole('button', { name: 'Add a rule' }).click();
	await page.getByLabel('Countries').fill('de, at');
	await page.getByLabel('Send to').fill('https://example.com/german');
	const tester = page.getByRole('region', { name: 'Try the rules' });
	await expect(tester.getByText('https://example.com/german')).toBeVisible();
	await tester.getByLabel('Country').fill('FR');
	await expect(tester.getByText('https://example.com/else')).toBeVisible();
	await page.getByRole('button', { name: 'Create link' }).click();
	await expect(page.getByText(title)).toBeVisible();
	const id = new URL(page.url()).searchParams.get('link');
	const stored = (await (await backend.get(`/api/v1/links/${id}`)).json()) as { rules: unknown };
	expect(stored.rules).toEqual([{ if: { country: ['DE', 'AT'] }, url: 'https://example.com/german' }]);
});

test('refused_part_of_a_rule_stands_at_its_field', async ({ page }) => {
	await page.goto('/dashboard/new/?url=https%3A%2F%2Fexample.com%2Felse');
	await page.getByRole('heading', { name: 'Rules' }).click();
	for (const url of ['example.com/a', 'ftp://example.com/b']) {
		await page.getByRole('button', { name: 'Add a rule' }).click();
		await page.getByLabel('Send to').last().fill(url);
	}
	await page.getByRole('button', { name: 'Create link' }).click();
	const [first, second] = [page.getByLabel('Send to').first(), page.getByLabel('Send to').last()];
	await expect(second).toHaveAttribute('aria-invalid', 'true');
	await expect(second).toBeFocused();
	await expect(first).not.toHaveAttribute('aria-invalid');
	// It goes with its rule.
	await page.getByRole('button', { name: 'Move up: Rule 2' }).click();
	await expect(first).toHaveAttribute('aria-invalid', 'true');
	await first.fill('https://example.com/b');
	await page.getByRole('button', { name: 'Create link' }).click();
	await expect(page).toHaveURL(/statistics/);
});

test('campaign_parameters_are_kept_and_used_again', async ({ page, backend }) => {
	const campaign = uniqueName('spring');
	await page.goto('/dashboard/new/?url=https%3A%2F%2Fexample.com%2Fa');
	await page.getByRole('heading', { name: 'Campaign parameters' }).click();
	await page.getByLabel('Source', { exact: true }).fill('mail');
	await page.getByLabel('Campaign', { exact: true }).fill(campaign);
	await page.getByLabel('Save these as').fill('Spring');
	await page.getByLabel('Save these as').press('Enter');
	await expect(page.getByLabel('Preset of campaign parameters').locator('option:checked')).toHaveText(
		'Spring'
	);
	await page.getByRole('button', { name: 'Create link' }).click();
	await expect(page).toHaveURL(/statistics/);

	await page.goto('/dashboard/new/?url=https%3A%2F%2Fexample.com%2Fb%3Futm_term%3Dold');
	await page.getByRole('heading', { name: 'Campaign parameters' }).click();
	await page.getByLabel('Preset of campaign parameters').selectOption({ label: 'Spring' });
	await page.getByRole('button', { name: 'Create link' }).click();
	await expect(page).toHaveURL(/statistics/);
	const id = new URL(page.url()).searchParams.get('link');
	const { url } = (await (await backend.get(`/api/v1/links/${id}`)).json()) as { url: string };
	expect(url).toBe(`https://example.com/b?utm_source=mail&utm_campaign=${campaign}`);
});

test('rules_are_put_in_order_by_dragging', async ({ page, backend }) => {
	const rules = ['a', 'b'].map((name) => ({ if: { country: ['DE'] }, url: `https://example.com/${name}` }));
	const link = await createLink(backend, { rules });
	// Both rules are in view: scrolling would begin to drag what is under the pointer then.
	await page.setViewportSize({ width: 1440, height: 2600 });
	await page.goto(`/dashboard/links/edit/?id=${link.id}`);
	const items = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: /^Rule/ }) });
	await expect(items).toHaveCount(2);
	await items.nth(1).getByRole('img', { name: 'Drag to reorder' }).hover();
	await page.mouse.down();
	// The first move begins to drag, the second is over the target.
	const target = items.nth(0).getByRole('heading');
	await target.hover();
	await target.hover();
	await page.mouse.up();
	await expect(items.nth(0).getByLabel('Send to')).toHaveValue('https://example.com/b');
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByText(/^Saved/)).toBeVisible();
	const stored = (await (await backend.get(`/api/v1/links/${link.id}`)).json()) as { rules: unknown };
	expect(stored.rules).toEqual(rules.toReversed());
});

test('link_moves_to_another_domain_in_its_form', async ({ page, backend }) => {
	const host = `${uniqueName('form')}.example.com`;
	expect((await backend.post('/api/v1/domains', { data: { host } })).status()).toBe(201);
	const link = await createLink(backend);
	await page.goto(`/dashboard/links/edit/?id=${link.id}`);
	await page.getByLabel('Domain').selectOption(host);
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByText(/^Saved/)).toBeVisible();
	const stored = (await (await backend.get(`/api/v1/links/${link.id}`)).json()) as { domain: string };
	expect(stored.domain).toBe(host);
});

test('link_gets_further_names_and_loses_one', async ({ page, backend }) => {
	const [first, second, taken] = [uniqueName('first'), uniqueName('second'), uniqueName('taken')];
	await createLink(backend, { alias: taken });
	const link = await createLink(backend);
	const follows = (name: string) => backend.get(new URL(name, link.short_url).href, { maxRedirects: 0 });
	await page.goto(`/dashboard/links/edit/?id=${link.id}`);
	for (const [index, name] of [first, taken].entries()) {
		await page.getByRole('button', { name: 'Add a name' }).click();
		await page.getByRole('textbox', { name: `Further name ${index + 1}` }).fill(name);
	}
	const save = page.getByRole('button', { name: 'Save changes' });
	await save.click();
	await expect(page.getByRole('textbox', { name: 'Further name 2' })).toHaveAttribute('aria-invalid', 'true');
	await expect(page.getByRole('textbox', { name: 'Further name 2' })).toBeFocused();
	await page.getByRole('textbox', { name: 'Further name 2' }).fill(second);
	await expect(page.getByRole('textbox', { name: 'Further name 2' })).not.toHaveAttribute('aria-invalid');
	await save.click();
	await expect(page.getByText(/^Saved/)).toBeVisible();
	for (const name of [first, second]) expect((await follows(name)).headers()['location']).toBe(link.url);

	await page.getByRole('button', { name: 'Remove Further name 1' }).click();
	await save.click();
	await expect.poll(async () => (await follows(first)).status()).toBe(410);
	expect((await follows(second)).status()).toBe(302);
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	await expect(page.getByTitle('Further names')).toContainText(second);
});

test('stored_markup_is_shown_as_text', async ({ page, backend }) => {
	const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
	const link = await createLink(backend, { title: markup, notes: markup, tags: ['<b>tag</b>'] });
	for (const path of ['links/', `statistics/?link=${link.id}`, `links/edit/?id=${link.id}`]) {
		await page.goto(`/dashboard/${path}`);
		await expect(page.getByText('<b>tag</b>').first()).toBeVisible();
		expect(await page.title()).toContain('Shortline');
	}
});

test('qr_code_is_drawn_as_chosen_and_downloaded_so', async ({ page, backend }) => {
	const link = await createLink(backend);
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	await page.getByRole('button', { name: 'QR code' }).click();
	const image = page.getByRole('img', { name: `QR code of ${link.short_url}` });
	await expect(image).toHaveJSProperty('complete', true);

	const answered = page.waitForResponse((response) => response.url().includes('error_correction=Q'));
	await page.getByLabel('Colour', { exact: true }).fill('#aa0011');
	await page.getByLabel('Margin').fill('1');
	await page.getByLabel('Error correction').selectOption('Q');
	const drawn = await answered;
	const chosen = 'foreground=aa0011&margin=1&error_correction=Q';
	expect(new URL(drawn.url()).search).toBe(`?format=svg&${chosen}`);
	expect(drawn.status()).toBe(200);
	await expect
		.poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth))
		.toBeGreaterThan(0);

	await page.getByLabel('Size of the file').selectOption('2048');
	const downloading = page.waitForEvent('download');
	await page.getByRole('link', { name: 'Download PNG' }).click();
	const download = await downloading;
	expect(download.suggestedFilename()).toBe(`qr-${link.code}.png`);
	const stored = await backend.get(`/api/v1/links/${link.id}/qr?format=png&size=2048&${chosen}`);
	expect(Buffer.compare(readFileSync(await download.path()), await stored.body())).toBe(0);
});

test('qr_color_that_scanners_cannot_read_says_so_at_its_field', async ({ page, backend }) => {
	const link = await createLink(backend);
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	await page.getByRole('button', { name: 'QR code' }).click();
	const field = page.getByLabel('Colour', { exact: true });
	await field.fill('ffee88');
	await expect(field).toHaveAttribute('aria-invalid', 'true');
	await expect(page.getByRole('link', { name: 'Download PNG' })).toHaveCount(0);
	await field.fill('');
	await expect(page.getByRole('link', { name: 'Download PNG' })).toBeVisible();
});

test('qr_code_carries_the_logo_of_its_domain', async ({ page, backend }) => {
	const host = `${uniqueName('qr')}.example.com`;
	expect((await backend.post('/api/v1/domains', { data: { host } })).status()).toBe(201);
	await page.goto(`/dashboard/settings/domains/edit/?host=${host}`);
	await page.getByLabel('Colour of QR codes', { exact: true }).fill('#123456');
	await page.getByLabel('Logo', { exact: true }).setInputFiles({
		name: 'logo.svg',
		mimeType: 'image/svg+xml',
		buffer: Buffer.from(
			'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64"/></svg>'
		)
	});
	await expect(page.getByText(/^\d+ × \d+ px/)).toBeVisible();
	await page.keyboard.press('Control+s');
	await expect(page.getByText(/^Saved/)).toBeVisible();
	const link = await createLink(backend, { domain: host });
	await page.goto(`/dashboard/statistics/?link=${link.id}`);
	await page.getByRole('button', { name: 'QR code' }).click();
	await expect(page.getByLabel('Colour', { exact: true })).toHaveAttribute('placeholder', '#123456');
	await page.getByRole('switch', { name: 'The domain’s logo in the middle' }).check();
	await expect(page.getByLabel('Error correction')).toHaveValue('H');
	await expect(page.getByRole('link', { name: 'Download SVG' })).toHaveAttribute('href', /logo=true/);
	await expect(page.getByRole('img', { name: /^QR code of/ })).toBeVisible();
});

test('lost_api_leaves_the_page_and_says_so', async ({ page }) => {
	await page.goto('/dashboard/links/');
	await expect(page.getByRole('table')).toBeVisible();
	const rows = await page.getByRole('row').count();
	await page.route(`**/api/**`, (route) => route.abort());
	await page.getByLabel('State').selectOption('disabled');
	await expect(page.getByText('The API does not answer')).toBeVisible();
	await expect(page.getByRole('row')).toHaveCount(rows);
	await page.unroute(`**/api/**`);
	await page.getByRole('button', { name: 'Try again' }).click();
	await expect(page.getByText('The API does not answer')).toBeHidden();
});
