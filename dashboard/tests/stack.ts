// The stack that the browser tests run against.
import { test as base, type APIRequestContext } from '@playwright/test';

export const stack = process.env['SHORTLINE_URL'] ?? 'http://127.0.0.1:8787';
export const adminKey = process.env['SHORTLINE_ADMIN_KEY'] ?? '';
export const STORAGE = 'tests/.results/session.json';

export interface StoredLink {
	id: string;
	code: string;
	short_url: string;
	url: string;
	title: string | null;
	state: string;
	tags: string[];
}

interface Fixtures {
	/** The API itself, signed in by the key. */
	backend: APIRequestContext;
	/** Violations of the content security policy and uncaught errors; each test ends with none. */
	faults: string[];
}

export const test = base.extend<Fixtures>({
	storageState: STORAGE,
	backend: async ({ playwright }, use) => {
		const context = await playwright.request.newContext({
			baseURL: stack,
			// A request on a kept connection fails where the server closes it in that instant.
			extraHTTPHeaders: { Authorization: `Bearer ${adminKey}`, Connection: 'close' }
		});
		await use(context);
		await context.dispose();
	},
	faults: [
		async ({ page }, use) => {
			const faults: string[] = [];
			page.on('pageerror', (error) => faults.push(error.message));
			page.on('console', (message) => {
				if (/Content Security Policy|Trusted/.test(message.text())) faults.push(message.text());
			});
			await use(faults);
			test.expect(faults).toEqual([]);
		},
		{ auto: true }
	]
});

export const { expect } = test;

/** A link of the test's own, so that tests do not disturb each other. */
export async function createLink(
	backend: APIRequestContext,
	body: Record<string, unknown> = {}
): Promise<StoredLink> {
	const answer = await backend.post('/api/v1/links', {
		data: { url: `https://example.com/${crypto.randomUUID()}`, ...body }
	});
	expect(answer.status(), await answer.text()).toBe(201);
	return (await answer.json()) as StoredLink;
}

export const uniqueName = (name: string) => `${name}-${crypto.randomUUID().slice(0, 8)}`;
