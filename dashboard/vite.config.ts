import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vitest/config';
import { firstPage } from './scripts/first-page.ts';
import { sourceVersion } from './scripts/source-version.ts';
import { worldMap } from './scripts/world-map.ts';

const stack = process.env['SHORTLINE_URL'] ?? 'http://127.0.0.1:8787';

export default defineConfig({
	plugins: [
		tailwindcss(),
		worldMap(),
		sveltekit({
			// Requests reach the files below their path, so the folder carries the base path.
			adapter: adapter({ pages: 'build/dashboard', assets: 'build/dashboard', fallback: '404.html' }),
			paths: { base: '/dashboard', relative: false },
			version: { name: sourceVersion(), pollInterval: 300_000 }
		})
	],
	// The stack sees requests of its own page.
	server: { proxy: { '^/(api/|readyz$|healthz$)': stack } },
	build: { target: 'es2023' },
	environments: {
		client: { build: { rolldownOptions: { output: { codeSplitting: { groups: [firstPage()] } } } } }
	},
	test: {
		include: ['src/**/*.test.ts'],
		environment: 'jsdom',
		isolate: false,
		setupFiles: ['src/test-setup.ts']
	},
	resolve: process.env['VITEST'] ? { conditions: ['browser'] } : {}
});
