// Every page in light and dark, on a phone and on a wide screen, to look at: `SCREENSHOTS=1 npm run test:browser -- screenshots`.
import { test } from './stack.ts';
import { PAGES } from './pages.ts';

const SIZES = { wide: { width: 1440, height: 1000 }, phone: { width: 390, height: 844 } };

test.skip(!process.env['SCREENSHOTS'], 'only on request');

for (const [name, open] of Object.entries(PAGES)) {
	for (const [size, viewport] of Object.entries(SIZES)) {
		for (const colorScheme of ['light', 'dark'] as const) {
			test(`${name} ${size} ${colorScheme}`, async ({ page, backend }) => {
				await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
				await page.setViewportSize(viewport);
				await open(page, backend);
				await page.waitForLoadState('networkidle');
				await page.screenshot({ path: `tests/.screenshots/${name}-${size}-${colorScheme}.png` });
			});
		}
	}
}
