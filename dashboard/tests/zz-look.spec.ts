import { test } from './stack.ts';
const LIST = (process.env['LOOK'] ?? '').split(';').filter(Boolean).map((x) => x.split('|'));
for (const [name, path, size = 'wide', scheme = 'light', full = ''] of LIST)
	test(`look ${name}`, async ({ page, backend }) => {
		await page.emulateMedia({ colorScheme: scheme as 'light', reducedMotion: 'reduce' });
		await page.setViewportSize(size === 'wide' ? { width: 1440, height: 1000 } : { width: 390, height: 844 });
		let p = path ?? '';
		const m = /\{(\w[\w-]*)\}/.exec(p);
		if (m) {
			const { data } = (await (await backend.get(`/api/v1/links?code=${m[1]}&limit=1`)).json()) as { data: { id: string }[] };
			p = p.replace(m[0], data[0]?.id ?? '');
		}
		await page.goto('/dashboard' + p);
		await page.getByRole('heading', { level: 1 }).waitFor();
		await page.waitForLoadState('networkidle');
		await page.screenshot({ path: `tests/.screenshots/${name}.png`, fullPage: full === 'full' });
	});
