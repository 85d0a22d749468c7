// Lets everything that the first page waits for load at once. SvelteKit leaves out some of what its modules import and the
// page for errors, without which it does not start; and it does not know the language.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LANGUAGES } from '../src/lib/i18n/index.ts';
import { closureOf } from './closure.ts';

const folder = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const BASE = '/dashboard/';
const PRELOAD = /<link href="\/dashboard\/([^"]+\.js)" rel="modulepreload">/g;
/** In `boot.js`. */
const MESSAGES = 'const MESSAGES = {};';
const ERROR_PAGE = /nodes\/1\.js$/;

interface Chunk {
	file: string;
	imports?: string[];
}
const manifest = JSON.parse(
	readFileSync(folder('.svelte-kit/output/client/.vite/manifest.json'), 'utf8')
) as Record<string, Chunk>;
const chunks = new Map(Object.values(manifest).map((chunk) => [chunk.file, chunk]));

function chunkOf(isWanted: (source: string) => boolean): string {
	const [, chunk] = Object.entries(manifest).find(([source]) => isWanted(source)) ?? [];
	if (!chunk) throw new Error('a chunk of the first page has another name in this build');
	return chunk.file;
}

const importsOf = (file: string) =>
	(chunks.get(file)?.imports ?? []).flatMap((source) => manifest[source]?.file ?? []);

const errorPage = chunkOf((source) => ERROR_PAGE.test(source));
for (const page of globSync(folder('build/dashboard/**/*.html'))) {
	const html = readFileSync(page, 'utf8');
	const preloaded = [...html.matchAll(PRELOAD)].map(([, file = '']) => file);
	if (preloaded.length === 0) throw new Error(`${page} preloads nothing`);
	const missing = closureOf([...preloaded, errorPage], importsOf).difference(new Set(preloaded));
	const links = [...missing].map((file) => `<link href="${BASE}${file}" rel="modulepreload">`);
	writeFileSync(page, html.replace('</head>', `${links.join('\n')}\n</head>`));
}

const boot = folder('build/dashboard/boot.js');
const script = readFileSync(boot, 'utf8');
if (!script.includes(MESSAGES)) throw new Error('boot.js has no place for the languages');
const messages = Object.fromEntries(
	Object.keys(LANGUAGES).map((language) => {
		const texts = chunkOf((source) => source === `src/lib/i18n/${language}/index.ts`);
		return [language, [...closureOf([texts], importsOf)].map((file) => BASE + file)];
	})
);
writeFileSync(boot, script.replace(MESSAGES, `const MESSAGES = ${JSON.stringify(messages)};`));
