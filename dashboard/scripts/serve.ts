// Serves the build as Workers static assets would, `_headers` included, beside the API of a running stack.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { proxyTo } from './proxy.ts';

const TYPES: Record<string, string> = {
	'.html': 'text/html; charset=utf-8',
	'.js': 'text/javascript',
	'.css': 'text/css',
	'.json': 'application/json',
	'.svg': 'image/svg+xml',
	'.png': 'image/png',
	'.webmanifest': 'application/manifest+json'
};

const build = fileURLToPath(new URL('../build', import.meta.url));
const stack = process.env['SHORTLINE_URL'] ?? 'http://127.0.0.1:8787';
const port = Number(process.env['PORT'] ?? '4173');
const proxy = proxyTo(stack);
const rules = readRules();

const server = createServer((request, response) => {
	void proxy(request, response).then((answered) => {
		if (answered) return;
		const path = decodeURIComponent(new URL(request.url ?? '/', stack).pathname);
		if (path === '/') return response.writeHead(302, { Location: '/dashboard/' }).end();
		let file = join(build, normalize(path));
		if (existsSync(file) && statSync(file).isDirectory()) {
			if (!path.endsWith('/')) return response.writeHead(307, { Location: `${path}/` }).end();
			file = join(file, 'index.html');
		}
		if (!file.startsWith(build) || !existsSync(file)) return response.writeHead(404).end();
		for (const { matches, headers } of rules) {
			if (matches(path)) for (const [name, value] of headers) response.setHeader(name, value);
		}
		response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
		return createReadStream(file).pipe(response);
	});
});
server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/dashboard/`));

interface Rule {
	matches: (path: string) => boolean;
	headers: [string, string][];
}

/** Later rules win here, which is what `! Cache-Control` asks Cloudflare for. */
function readRules(): Rule[] {
	const read: Rule[] = [];
	for (const line of readFileSync(join(build, '_headers'), 'utf8').split('\n')) {
		if (line.startsWith('/')) {
			const prefix = line.replace(/\*$/, '');
			read.push({ matches: (path) => path.startsWith(prefix), headers: [] });
		} else if (line.includes(':')) {
			const at = line.indexOf(':');
			read.at(-1)?.headers.push([line.slice(0, at).trim(), line.slice(at + 1).trim()]);
		}
	}
	return read;
}
