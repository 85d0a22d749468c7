import { createLink, expect, stack, test, uniqueName } from './stack.ts';

test('change_is_told_in_the_history_of_its_link', async ({ page, backend }) => {
	const link = await createLink(backend, { title: 'Spring', tags: ['print'] });
	await backend.patch(`/api/v1/links/${link.id}`, {
		data: { title: 'Summer', state: 'disabled', password: 'correct horse' },
		headers: { 'Content-Type': 'application/merge-patch+json' }
	});
	await page.goto(`/dashboard/links/edit/?id=${link.id}`);
	await page.getByRole('link', { name: 'History' }).click();
	const entries = page.getByRole('main').getByRole('listitem');
	await expect(entries).toHaveCount(2);
	const changed = entries.first();
	await expect(changed).toContainText('Link changed');
	await expect(changed).toContainText('The installation’s own key');
	await expect(changed.getByRole('definition').filter({ hasText: 'Summer' })).toContainText('Spring');
	await expect(changed.getByRole('definition').filter({ hasText: 'Disabled' })).toContainText('Active');
	await expect(changed).not.toContainText('horse');
	await expect(entries.last()).toContainText('Link created');
});

test('deleted_link_has_a_history_and_comes_back', async ({ page, backend }) => {
	const link = await createLink(backend, { title: 'Gone' });
	await backend.delete(`/api/v1/links/${link.id}`);
	await page.goto(`/dashboard/links/history/?id=${link.id}`);
	await expect(page.getByRole('heading', { level: 1 })).toContainText(link.code);
	await expect(page.getByRole('alert')).toHaveCount(0);
	await page.getByRole('button', { name: 'Restore' }).click();
	await expect(page.getByText('Link restored')).toBeVisible();
	expect((await backend.get(`/api/v1/links/${link.id}`)).status()).toBe(200);
	await expect(page.getByRole('link', { name: 'Edit' })).toBeVisible();
});

test('audit_is_filtered_by_key_and_kind', async ({ page, backend, playwright }) => {
	const name = uniqueName('Auditor');
	const created = await backend.post('/api/v1/keys', { data: { name, role: 'editor' } });
	const { id, key } = (await created.json()) as { id: string; key: string };
	const withKey = await playwright.request.newContext({
		baseURL: stack,
		extraHTTPHeaders: { Authorization: `Bearer ${key}`, Connection: 'close' }
	});
	const tag = uniqueName('tag');
	const link = await createLink(withKey, { tags: [tag] });
	const renamed = await withKey.patch(`/api/v1/tags/${tag}`, {
		data: { name: `${tag}-new` },
		headers: { 'Content-Type': 'application/merge-patch+json' }
	});
	expect(renamed.ok(), await renamed.text()).toBe(true);
	await withKey.dispose();

	await page.goto('/dashboard/settings/audit/');
	await page.getByLabel('Changed by').selectOption({ label: name });
	await expect(page).toHaveURL(new RegExp(`key=${id}`));
	const entries = page.getByRole('main').getByRole('listitem');
	await expect(entries).toHaveCount(1);
	await expect(entries.first()).toContainText('Tag renamed');
	await expect(entries.first()).toContainText(`${tag}-new`);
	await page.getByLabel('Kind').selectOption({ label: 'Links' });
	await expect(page.getByText('No change matches')).toBeVisible();

	// A revoked key is in no list, but its changes keep its name.
	await backend.delete(`/api/v1/keys/${id}`);
	await page.goto(`/dashboard/settings/audit/?key=${id}`);
	await expect(entries.first()).toContainText(name);
	await page.goto(`/dashboard/links/history/?id=${link.id}`);
	await expect(entries.first()).toContainText('Part of a change of 1 link');
});
