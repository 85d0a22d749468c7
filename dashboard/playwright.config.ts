import chromium from '@sparticuz/chromium';
import { defineConfig } from '@playwright/test';
import { stack } from './tests/stack.ts';

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
		baseURL: stack,
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
	}
});
