import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from '@playwright/test';
import { PAGES } from './pages.ts';
import { createLink, expect, test, uniqueName } from './stack.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function violations(page: Page): Promise<string[]> {
	const results = await page.evaluate<AxeResults>(
		`${axe}; axe.run(document, { resultTypes: ['violations'] })`
	);
	return results.violations.flatMap(({ id, nodes }) =>
		nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`)
	);
}

for (const [name, open] of Object.entries(PAGES)) {
	for (const colorScheme of ['light', 'dark'] as const) {
		test(`${name} has no violation in ${colorScheme}`, async ({ page, backend }) => {
			await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
			await open(page, backend);
			await page.getByRole('heading', { level: 1 }).waitFor();
			await page.waitForLoadState('networkidle');
			expect(await violations(page)).toEqual([]);
		});
	}
}

/** Marks what has the focus; false when all was reached once. A field for a time has several stops. */
function markFocused(): boolean {
	const focused = document.activeElement;
	const last = document.querySelector('[data-last]');
	if (!focused || focused === document.body) return false;
	if (focused !== last && focused.hasAttribute('data-reached')) return false;
	last?.removeAttribute('data-last');
	focused.setAttribute('data-last', '');
	focused.setAttribute('data-reached', '');
	return true;
}

/** What can be clicked but was not reached. A group of radio buttons is one stop. */
function unreached(): string[] {
	const controls = document.querySelectorAll<HTMLElement>(
		'a[href], button, input, select, textarea, summary, [tabindex="0"]'
	);
	const isReached = (control: HTMLElement) =>
		control.hasAttribute('data-reached') ||
		(control instanceof HTMLInputElement &&
			control.type === 'radio' &&
			document.querySelector(`input[name="${control.name}"][data-reached]`) !== null);
	return [...controls]
		.filter((control) => control.checkVisibility() && !control.matches(':disabled, [tabindex="-1"]'))
		.filter((control) => !isReached(control))
		.map(({ outerHTML }) => outerHTML.slice(0, 200));
}

/** The whole list grows as one goes down. */
const SHORT_PAGES: typeof PAGES = {
	...PAGES,
	links: async (page, backend) => {
		const tag = uniqueName('short');
		await createLink(backend, { title: 'Short', tags: [tag] });
		await page.goto(`/dashboard/links/?tag=${tag}`);
	}
};

for (const [name, open] of Object.entries(SHORT_PAGES)) {
	test(`${name} is reached whole by Tab`, async ({ page, backend }) => {
		await open(page, backend);
		await page.getByRole('heading', { level: 1 }).waitFor();
		await page.waitForLoadState('networkidle');
		// A form may begin with the focus in its first field.
		await page.evaluate(markFocused);
		do await page.keyboard.press('Tab');
		while (await page.evaluate(markFocused));
		expect(await page.evaluate(unreached)).toEqual([]);
	});
}

test('dialogs have no violation', async ({ page }) => {
	await page.goto('/dashboard/links/');
	await page.getByRole('heading', { level: 1 }).waitFor();
	await page.keyboard.press('Control+k');
	await page.getByRole('dialog').waitFor();
	expect(await violations(page)).toEqual([]);
	await page.keyboard.press('Escape');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await page.keyboard.press('?');
	await page.getByRole('dialog').waitFor();
	expect(await violations(page)).toEqual([]);
});

test('phone shows every page without scrolling sideways', async ({ page, backend }) => {
	test.slow();
	await page.setViewportSize({ width: 360, height: 780 });
	for (const open of Object.values(PAGES).slice(1)) {
		await open(page, backend);
		await page.getByRole('heading', { level: 1 }).waitFor();
		await page.waitForLoadState('networkidle');
		const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
		expect(overflow, page.url()).toBeLessThanOrEqual(0);
	}
});

test('phone shows the tab of the page', async ({ page }) => {
	await page.setViewportSize({ width: 360, height: 780 });
	await page.goto('/dashboard/settings/session/');
	const tab = page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Session' });
	// The row cuts off its own lowest pixel.
	await expect(tab).toBeInViewport({ ratio: 0.95 });
});

test('printed page has the whole width', async ({ page }) => {
	await page.emulateMedia({ media: 'print' });
	for (const path of ['links', 'statistics', 'trust']) {
		await page.goto(`/dashboard/${path}/`);
		await page.getByRole('heading', { level: 1 }).waitFor();
		const width = await page
			.getByRole('main')
			.evaluate((main) => main.getBoundingClientRect().width / innerWidth);
		expect(width, path).toBeGreaterThan(0.9);
		await expect(page.getByRole('navigation')).toHaveCount(0);
	}
});
