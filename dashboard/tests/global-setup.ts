// Signs in once; the tests share the session's cookie.
import { request, type FullConfig } from '@playwright/test';
import { adminKey, STORAGE } from './stack.ts';

export default async function signInOnce(config: FullConfig): Promise<void> {
	if (!adminKey) throw new Error('Set SHORTLINE_ADMIN_KEY to the admin key that `cargo xtask dev` prints.');
	const baseURL = config.projects[0]?.use.baseURL;
	const context = await request.newContext({ ...(baseURL ? { baseURL } : {}) });
	const answer = await context.post('/api/v1/sessions', {
		data: { key: adminKey },
		headers: { 'Shortline-Dashboard': '1' }
	});
	if (!answer.ok()) throw new Error(`signing in answered ${answer.status()}: ${await answer.text()}`);
	await context.storageState({ path: STORAGE });
	await context.dispose();
}
