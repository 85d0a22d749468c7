import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { createLink, expect, test, uniqueName } from './stack.ts';

interface ImportedLink {
	id: string;
	url: string;
	title: string | null;
	tags: string[];
	created_at: string;
}

/** As another shortener exports its links: columns with names of its own, and one of no use to us. */
function exported(names: readonly string[]): string {
	const rows = names.map(
		(name, at) =>
			`Title of ${name},https://sho.rt/${name},https://example.com/${name}?page=${at},2025-0${(at % 9) + 1}-03 10:30,"print, web",${at}`
	);
	return ['title,link,long_url,created_at,tags,clicks', ...rows].join('\n');
}

async function choose(page: Page, text: string): Promise<void> {
	await page.goto('/dashboard/links/import/');
	await page
		.getByLabel('Choose a CSV file')
		.setInputFiles({ name: 'links.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
}

test('file_is_checked_and_imported_and_failures_are_a_file', async ({ page, backend }) => {
	const names = ['one', 'two', 'three'].map(uniqueName);
	const taken = await createLink(backend, { alias: names[1] });
	await choose(page, `${exported(names)}\nBroken,https://sho.rt/${uniqueName('four')},no url,2025-01-01,,1`);
	await expect(page.getByLabel('What link becomes')).toHaveValue('short_url');
	await expect(page.getByLabel('What long_url becomes')).toHaveValue('url');
	await expect(page.getByLabel('What created_at becomes')).toHaveValue('created_at');
	await expect(page.getByLabel('What clicks becomes')).toHaveValue('clicks');
	await page.getByRole('button', { name: 'Check 4 rows' }).click();
	await expect(page.getByText('This is what would happen')).toBeVisible();
	await page.getByRole('button', { name: /^Fail 2/ }).click();
	await expect(page.getByRole('row')).toHaveCount(3);
	const unwritten = await backend.get(`/api/v1/links?search=${names[0]}`);
	expect(((await unwritten.json()) as { data: unknown[] }).data).toEqual([]);

	await page.getByRole('button', { name: 'Import 2 links' }).click();
	await expect(page.getByText('The import is finished.')).toBeVisible();
	await expect(page.getByRole('definition')).toHaveText(['2', '0', '0', '2']);
	const answer = await backend.get(`/api/v1/links?search=${names[0]}`);
	const { data } = (await answer.json()) as { data: ImportedLink[] };
	expect(data).toMatchObject([
		{
			title: `Title of ${names[0]}`,
			url: `https://example.com/${names[0]}?page=0`,
			tags: ['print', 'web'],
			created_at: '2025-01-03T10:30:00.000Z'
		}
	]);
	expect(await (await backend.get(`/api/v1/links/${taken.id}`)).json()).toMatchObject({ url: taken.url });

	const downloaded = page.waitForEvent('download');
	await page.getByRole('button', { name: 'Failed rows as CSV' }).click();
	const file = readFileSync(await (await downloaded).path(), 'utf8').split('\r\n');
	expect(file[0]).toBe('title,link,long_url,created_at,tags,clicks,problem_field,problem');
	expect(file[1]).toContain(`Title of ${names[1]},https://sho.rt/${names[1]}`);
	expect(file[2]).toMatch(/^Broken,.*,url,/);

	await page.getByRole('link', { name: 'Import /' }).click();
	await expect(page.getByRole('listitem').filter({ hasText: 'links.csv' }).first()).toContainText(
		'2 created'
	);
});

test('import_goes_on_after_a_reload', async ({ page, backend }) => {
	const prefix = uniqueName('many');
	const names = Array.from({ length: 1_200 }, (_, at) => `${prefix}-${at}`);
	await choose(page, exported(names));
	await page.getByRole('button', { name: 'Check 1,200 rows' }).click();
	await expect(page.getByRole('button', { name: 'Import 1,200 links' })).toBeEnabled();

	// The page is closed while the second of three batches is on its way.
	let batches = 0;
	await page.route('**/api/v1/imports/*/rows', async (route) => {
		batches += 1;
		if (batches < 2) await route.continue();
	});
	await page.getByRole('button', { name: 'Import 1,200 links' }).click();
	await expect(page.getByText('500 of 1,200 rows')).toBeVisible();
	await page.unroute('**/api/v1/imports/*/rows');
	await page.reload();
	await expect(page.getByText('The import is finished.')).toBeVisible();
	await expect(page.getByRole('definition')).toHaveText(['1,200', '0', '0', '0']);
	const answer = await backend.get(`/api/v1/links?search=${prefix}&limit=1&count=true`);
	expect(await answer.json()).toMatchObject({ total: 1_200 });
});

test('dropped_file_without_rows_is_refused', async ({ page }) => {
	await page.goto('/dashboard/links/import/');
	const dropped = await page.evaluateHandle(() => {
		const data = new DataTransfer();
		data.items.add(new File(['url,title\n'], 'empty.csv', { type: 'text/csv' }));
		return data;
	});
	await page
		.getByRole('group', { name: 'Drop a CSV file here' })
		.dispatchEvent('drop', { dataTransfer: dropped });
	await expect(page.getByRole('alert')).toHaveText('The file has no rows.');
});
