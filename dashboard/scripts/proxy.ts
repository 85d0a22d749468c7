// Passes `/api/*`, `/readyz` and `/healthz` to a stack, as same-origin requests of the page.
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { SessionStandIn } from './session-stand-in.ts';

const PASSED = /^\/(api\/|readyz$|healthz$)/;

export type Proxy = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** The returned function answers what belongs to the stack, and is false for all else. */
export function proxyTo(stack: string): Proxy {
	const sessions = new SessionStandIn(stack);
	let standIn: Promise<boolean> | undefined;
	return async (request, response) => {
		if (!PASSED.test(new URL(request.url ?? '/', stack).pathname)) return false;
		standIn ??= sessions.isNeeded().catch(() => {
			standIn = undefined;
			return false;
		});
		const isNeeded = await standIn;
		if (isNeeded && (await sessions.answer(request, response))) return true;
		await forward(stack, request, response, isNeeded ? sessions.key(request) : undefined);
		return true;
	};
}

function forward(
	stack: string,
	request: IncomingMessage,
	response: ServerResponse,
	key?: string
): Promise<void> {
	const target = new URL(request.url ?? '/', stack);
	const headers = { ...request.headers, ...(key ? { authorization: `Bearer ${key}` } : {}) };
	return new Promise((done) => {
		const onward = httpRequest(target, { method: request.method, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response).on('close', done);
		});
		onward.on('error', () => {
			if (!response.headersSent) response.writeHead(502).end();
			done();
		});
		request.pipe(onward);
	});
}
