// What an open page meets while a new version is deployed.
import type { Page } from '@playwright/test';
import { expect, test } from './stack.ts';

/** Answers 404 for the first `times` requests of matching chunks. */
async function lose(page: Page, chunks: string, times: number): Promise<() => number> {
	let lost = 0;
	await page.route(`**/_app/immutable/${chunks}`, async (route) => {
		if (lost >= times) return route.continue();
		lost += 1;
		return route.fulfill({ status: 404, body: '' });
	});
	return () => lost;
}

test('page whose first chunk is gone loads anew', async ({ page }) => {
	const lost = await lose(page, 'entry/app.*.js', 1);
	await page.goto('/dashboard/links/');
	await expect(page.getByRole('heading', { name: 'Links', level: 1 })).toBeVisible();
	expect(lost()).toBe(1);
});

test('page whose next page is gone loads that page anew', async ({ page }) => {
	await page.goto('/dashboard/links/');
	await expect(page.getByRole('heading', { name: 'Links', level: 1 })).toBeVisible();
	const lost = await lose(page, 'nodes/*.js', 1);
	await page.getByRole('link', { name: 'Settings' }).first().click();
	await expect.poll(lost).toBe(1);
	await expect(page).toHaveURL(/\/dashboard\/settings\//);
	await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible();
});

test('page says so when no version can be loaded', async ({ page }) => {
	await lose(page, 'entry/app.*.js', Infinity);
	await page.goto('/dashboard/links/');
	await expect(page.getByText('The dashboard could not be loaded')).toBeVisible();
});
