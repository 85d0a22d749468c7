// Writes `build/_headers`, which Workers static assets honour: the content security policy with the hashes of the pages'
// start scripts and of the fixed style attributes in templates, and how long each file may be cached.
import { createHash } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const build = fileURLToPath(new URL('../build', import.meta.url));
const INLINE_SCRIPT = /<script>([\s\S]*?)<\/script>/g;
// Cloudflare ignores longer lines.
const LONGEST_LINE = 2_000;

// Cloudflare sends it with a 404 too, and during a canary the version before has none of the new chunks: a year's "immutable"
// would keep a page broken for a year. So a chunk is used at once, and asked for again behind the page.
const CHUNKS = 'public, max-age=60, stale-while-revalidate=31536000';

// SvelteKit's announcer and bits-ui have a few; everything else is in the style sheet.
const STYLE_ATTRIBUTE = /style="([^"$]+)"/g;

const scripts = hashesOf('**/*.html', INLINE_SCRIPT);
const styles = hashesOf('_app/**/*.js', STYLE_ATTRIBUTE);

const policy = [
	"default-src 'none'",
	`script-src 'self' ${scripts}`,
	"style-src 'self'",
	`style-src-attr 'unsafe-hashes' ${styles}`,
	"img-src 'self' data: blob:",
	"connect-src 'self'",
	"manifest-src 'self'",
	"base-uri 'none'",
	"form-action 'self'",
	"frame-ancestors 'none'",
	"require-trusted-types-for 'script'",
	'trusted-types svelte-trusted-html'
].join('; ');

const line = `  Content-Security-Policy: ${policy}`;
if (line.length > LONGEST_LINE) {
	console.error(
		`The content security policy has ${line.length} characters; Cloudflare reads ${LONGEST_LINE}.`
	);
	process.exit(1);
}

writeFileSync(
	`${build}/_headers`,
	`/dashboard/*
${line}
  X-Content-Type-Options: nosniff
  X-Frame-Options: DENY
  Referrer-Policy: no-referrer
  Cross-Origin-Opener-Policy: same-origin
  Cross-Origin-Resource-Policy: same-origin
  Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()
  Cache-Control: no-cache

/dashboard/_app/immutable/*
  ! Cache-Control
  Cache-Control: ${CHUNKS}
`
);

function hashesOf(files: string, pattern: RegExp): string {
	const hashes = new Set<string>();
	for (const file of globSync(`${build}/dashboard/${files}`)) {
		for (const [, text] of readFileSync(file, 'utf8').matchAll(pattern)) {
			hashes.add(
				`'sha256-${createHash('sha256')
					.update(text ?? '')
					.digest('base64')}'`
			);
		}
	}
	return [...hashes].sort().join(' ');
}
