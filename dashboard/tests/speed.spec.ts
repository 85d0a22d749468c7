// How soon the first page can be used on a slow phone: `SPEED=1 npm run test:browser -- speed`. It prints times and asserts none.
import type { CDPSession, Page } from '@playwright/test';
import { compressing } from './compressing-proxy.ts';
import { createLink, stack, test } from './stack.ts';

test.skip(!process.env['SPEED'], 'only on request');
// Its snapshots run in the page and would be measured.
test.use({ trace: 'off' });

/** As Lighthouse throttles for a phone: "slow 4G", and a processor that is four times slower than this one. */
const PHONE = {
	latencyMillis: 150,
	downloadBitsPerSecond: 1_638_400,
	uploadBitsPerSecond: 768_000,
	slowdown: 4
};
const VISITS = 5;

interface Times {
	firstPaint: number;
	/** The field for a new link can be typed in. */
	field: number;
	/** The links are shown. */
	list: number;
	/** The last task that kept the page from answering ended. */
	idle: number;
}

async function throttle(page: Page): Promise<CDPSession> {
	const session = await page.context().newCDPSession(page);
	await session.send('Network.enable');
	await session.send('Network.emulateNetworkConditions', {
		offline: false,
		latency: PHONE.latencyMillis,
		downloadThroughput: PHONE.downloadBitsPerSecond / 8,
		uploadThroughput: PHONE.uploadBitsPerSecond / 8
	});
	await session.send('Emulation.setCPUThrottlingRate', { rate: PHONE.slowdown });
	return session;
}

/** Runs in the page before anything else of it. */
function watch(): void {
	const times = { firstPaint: 0, field: 0, list: 0, idle: 0 };
	Object.assign(window, { times });
	new PerformanceObserver((list) => {
		for (const { startTime, duration } of list.getEntries()) times.idle = startTime + duration;
	}).observe({ type: 'longtask', buffered: true });
	new PerformanceObserver((list) => {
		for (const { name, startTime } of list.getEntries())
			if (name === 'first-contentful-paint') times.firstPaint = startTime;
	}).observe({ type: 'paint', buffered: true });
	new MutationObserver(() => {
		if (document.getElementById('create-url')) times.field ||= performance.now();
		if (document.querySelector('[data-link]')) times.list ||= performance.now();
	}).observe(document, { childList: true, subtree: true });
}

async function visit(page: Page, url: string): Promise<Times> {
	await page.goto(`${url}/dashboard/links/`);
	await page.locator('[data-link]').first().waitFor();
	await page.waitForLoadState('networkidle');
	return page.evaluate(() => (window as unknown as { times: Times }).times);
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function print(name: string, visits: Times[]): void {
	const of = (part: keyof Times) => `${part} ${median(visits.map((times) => times[part])).toFixed(0)} ms`;
	console.log(`${name}: ${(['firstPaint', 'field', 'list', 'idle'] as const).map(of).join(', ')}`);
}

test('first page on a slow phone', async ({ browser, backend, storageState }) => {
	test.slow();
	await createLink(backend);
	const proxy = await compressing(stack);
	const first: Times[] = [];
	const again: Times[] = [];
	for (let at = 0; at < VISITS; at += 1) {
		const context = await browser.newContext({
			storageState: storageState as string,
			ignoreHTTPSErrors: true,
			viewport: { width: 390, height: 844 }
		});
		const page = await context.newPage();
		await page.addInitScript(watch);
		await throttle(page);
		first.push(await visit(page, proxy.url));
		again.push(await visit(page, proxy.url));
		await context.close();
	}
	proxy.close();
	print('first visit', first);
	print('next visit', again);
});
