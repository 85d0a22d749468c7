// The stack as a deployment serves it: compressed, over HTTP/2. The local stack does neither.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';

/** HTTP/2 knows none of them. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);
const TEXT = /javascript|json|css|html|svg/;

function certificate(): { key: Buffer; cert: Buffer } {
	const folder = mkdtempSync(join(tmpdir(), 'shortline-'));
	const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
	const made = [
		'-newkey',
		'ec',
		'-pkeyopt',
		'ec_paramgen_curve:P-256',
		'-subj',
		'/CN=127.0.0.1',
		'-days',
		'1'
	];
	execFileSync('openssl', ['req', '-x509', '-nodes', ...made, '-keyout', key, '-out', cert], {
		stdio: 'pipe'
	});
	return { key: readFileSync(key), cert: readFileSync(cert) };
}

export async function compressing(stack: string): Promise<{ url: string; close: () => void }> {
	const { hostname, port, host } = new URL(stack);
	const server: Http2SecureServer = createSecureServer(certificate(), (asked, answered) => {
		const headers = Object.fromEntries(
			Object.entries(asked.headers).filter(([name]) => !name.startsWith(':') && name !== 'accept-encoding')
		);
		const forwarded = request(
			{ hostname, port, path: asked.url, method: asked.method, headers: { ...headers, host } },
			(answer) => {
				const kept = Object.entries(answer.headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
				const isText = TEXT.test(answer.headers['content-type'] ?? '') && answer.statusCode === 200;
				answered.writeHead(answer.statusCode ?? 502, {
					...Object.fromEntries(kept),
					...(isText ? { 'content-encoding': 'gzip' } : {})
				});
				(isText ? answer.pipe(createGzip({ level: 9 })) : answer).pipe(answered);
			}
		);
		forwarded.on('error', () => answered.destroy());
		asked.pipe(forwarded);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
		close: () => void server.close()
	};
}
