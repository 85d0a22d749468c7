// Sessions for development against a stack that has none yet: a cookie stands for a key that this process keeps in memory.
// Never part of the built application.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const COOKIE = '__Host-shortline-session';
const SESSION_SECONDS = 12 * 3600;

interface Session {
	key: string;
	body: Record<string, unknown>;
}

export class SessionStandIn {
	#sessions = new Map<string, Session>();
	readonly #stack: string;

	constructor(stack: string) {
		this.#stack = stack;
	}

	/** Whether the stack lacks `/sessions` itself. */
	async isNeeded(): Promise<boolean> {
		const document = await fetch(new URL('/api/v1/openapi.json', this.#stack));
		return !(await document.text()).includes('/api/v1/sessions');
	}

	/** The key of the request's cookie. */
	key(request: IncomingMessage): string | undefined {
		return this.#sessions.get(token(request))?.key;
	}

	/** Answers requests to `/api/v1/sessions…`; false for all others. */
	async answer(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
		const path = new URL(request.url ?? '/', 'http://stand.in').pathname;
		if (path === '/api/v1/sessions' && request.method === 'POST') {
			await this.#create(request, response);
			return true;
		}
		if (!path.startsWith('/api/v1/sessions')) return false;
		const session = this.#sessions.get(token(request));
		if (!session) return refuse(response, 'missing_key', 'Sign in first.');
		if (request.method === 'DELETE') {
			this.#sessions.delete(token(request));
			response.setHeader('Set-Cookie', `${COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0`);
			response.writeHead(204).end();
			return true;
		}
		const isList = path === '/api/v1/sessions';
		return send(response, 200, isList ? { data: [session.body], next_cursor: null } : session.body);
	}

	async #create(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { key } = JSON.parse(await readBody(request)) as { key: string };
		const role = await this.#role(key);
		if (!role) {
			refuse(response, 'invalid_key', 'The key is unknown or revoked.');
			return;
		}
		const id = randomUUID();
		const end = new Date(Date.now() + SESSION_SECONDS * 1000).toISOString();
		const now = new Date().toISOString();
		const body = {
			id,
			role,
			name: 'Development',
			key: null,
			current: true,
			created_at: now,
			expires_at: end
		};
		this.#sessions.set(id, { key, body });
		response.setHeader(
			'Set-Cookie',
			`${COOKIE}=${id}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=${SESSION_SECONDS}`
		);
		send(response, 201, body);
	}

	/** Tries what each role may do, changing nothing. */
	async #role(key: string): Promise<'admin' | 'editor' | 'reader' | undefined> {
		const status = async (method: string, path: string) =>
			(
				await fetch(new URL(`/api/v1${path}`, this.#stack), {
					method,
					headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
					...(method === 'POST' ? { body: '{}' } : {})
				})
			).status;
		if ((await status('GET', '/keys?limit=1')) === 200) return 'admin';
		const create = await status('POST', '/links');
		if (create === 422) return 'editor';
		return create === 403 ? 'reader' : undefined;
	}
}

function token(request: IncomingMessage): string {
	return new RegExp(`${COOKIE}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1] ?? '';
}

async function readBody(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): true {
	response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
	return true;
}

function refuse(response: ServerResponse, code: string, detail: string): true {
	response.writeHead(401, { 'Content-Type': 'application/problem+json' });
	response.end(
		JSON.stringify({
			type: `urn:shortline:problem:${code}`,
			title: 'Not signed in',
			status: 401,
			code,
			detail
		})
	);
	return true;
}
