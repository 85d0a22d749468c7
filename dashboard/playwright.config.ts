import chromium from '@sparticuz/chromium';
import { defineConfig } from '@playwright/test';

const port = Number(process.env['DASHBOARD_PORT'] ?? 4173);
/** Where the dashboard is served already, such as by the Worker of a local stack. Otherwise the build is served here. */
const served = process.env['DASHBOARD_URL'];

export default defineConfig({
	testDir: 'tests',
	outputDir: 'tests/.results',
	fullyParallel: true,
	workers: 2,
	timeout: 60_000,
	expect: { timeout: 10_000 },
	reporter: [['list']],
	globalSetup: './tests/global-setup.ts',
	use: {
		baseURL: served ?? `http://127.0.0.1:${port}`,
		locale: 'en-GB',
		timezoneId: 'Europe/Berlin',
		viewport: { width: 1440, height: 900 },
		trace: 'retain-on-failure',
		launchOptions: {
			// The browser that npm carries: it needs no package of the system.
			executablePath: await chromium.executablePath(),
			args: [
				'--no-sandbox',
				'--disable-gpu',
				'--disable-quic',
				'--no-first-run',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync'
			]
		}
	},
	...(served
		? {}
		: {
				webServer: {
					command: 'node scripts/node24.mjs scripts/serve.ts',
					url: `http://127.0.0.1:${port}/dashboard/`,
					env: { PORT: String(port) },
					reuseExistingServer: true
				}
			})
});
