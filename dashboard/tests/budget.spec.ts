// How much JavaScript each page loads, as the network would carry it.
import { gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { PAGES } from './pages.ts';
import { createLink, expect, test } from './stack.ts';

const FIRST_PAGE_BYTES = 120 * 1024;
/** Each costs a slow network some 7 ms. */
const FIRST_PAGE_SCRIPTS = 15;
const FURTHER_PAGE_BYTES = 60 * 1024;

/** Sizes by path of all scripts that the page asks for from now on. */
function watchScripts(page: Page): Map<string, Promise<number>> {
	const sizes = new Map<string, Promise<number>>();
	page.on('response', (response) => {
		const path = new URL(response.url()).pathname;
		if (path.endsWith('.js'))
			sizes.set(
				path,
				response.body().then((body) => gzipSync(body, { level: 9 }).length)
			);
	});
	return sizes;
}

async function sum(
	sizes: Map<string, Promise<number>>,
	known: ReadonlySet<string> = new Set()
): Promise<number> {
	let total = 0;
	for (const [path, size] of sizes) if (!known.has(path)) total += await size;
	return total;
}

test('first page and each further one stay small', async ({ page, backend }) => {
	test.slow();
	await createLink(backend);
	const scripts = watchScripts(page);
	await page.goto('/dashboard/links/');
	await page.getByRole('table').waitFor();
	await page.waitForLoadState('networkidle');
	const first = await sum(scripts);
	console.log(`first page: ${(first / 1024).toFixed(1)} KB`);
	expect(first).toBeLessThanOrEqual(FIRST_PAGE_BYTES);
	expect(scripts.size).toBeLessThanOrEqual(FIRST_PAGE_SCRIPTS);
	const known = new Set(scripts.keys());

	for (const [name, open] of Object.entries(PAGES)) {
		if (name === 'sign-in') continue;
		scripts.clear();
		await open(page, backend);
		await page.getByRole('heading', { level: 1 }).waitFor();
		await page.waitForLoadState('networkidle');
		const further = await sum(scripts, known);
		console.log(`${name}: ${(further / 1024).toFixed(1)} KB more`);
		expect(further, name).toBeLessThanOrEqual(FURTHER_PAGE_BYTES);
	}
});

test('shared page stays small for somebody who comes for it alone', async ({ browser, backend }) => {
	const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
	const page = await context.newPage();
	const scripts = watchScripts(page);
	await PAGES['shared']?.(page, backend);
	await page.getByRole('heading', { level: 1 }).waitFor();
	await page.waitForLoadState('networkidle');
	const size = await sum(scripts);
	console.log(`shared, alone: ${(size / 1024).toFixed(1)} KB`);
	expect(size).toBeLessThanOrEqual(FIRST_PAGE_BYTES);
	await context.close();
});

test('map and palette stay small and come when shown', async ({ page }) => {
	await page.goto('/dashboard/statistics/');
	await page.getByRole('button', { name: 'Map' }).waitFor();
	await page.waitForLoadState('networkidle');
	const scripts = watchScripts(page);
	await page.getByRole('button', { name: 'Map' }).click();
	await page.getByRole('img', { name: 'Clicks by country' }).waitFor();
	expect(await sum(scripts)).toBeGreaterThan(0);
	expect(await sum(scripts)).toBeLessThanOrEqual(FURTHER_PAGE_BYTES);
	scripts.clear();
	await page.keyboard.press('Control+k');
	await page.getByRole('dialog').waitFor();
	expect(await sum(scripts)).toBeGreaterThan(0);
	expect(await sum(scripts)).toBeLessThanOrEqual(FURTHER_PAGE_BYTES);
});
