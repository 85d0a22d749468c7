// Signs in and out.
import { session, type Role, type SessionFacts } from '#lib/state/session.svelte.ts';
import { OWN_REQUEST_HEADER } from '.';
import { offline, problemOf } from './problem';

const PATH = '/api/v1/sessions';
const ROLES: readonly string[] = ['admin', 'editor', 'reader'];

export async function signIn(key: string): Promise<void> {
	const response = await send(PATH, 'POST', JSON.stringify({ key }));
	session.start(await factsOf(response));
}

/** Whether the browser's cookie still stands for a session. */
export async function resumeSession(): Promise<boolean> {
	const response = await send(`${PATH}/current`, 'GET');
	if (response.status === 401) return false;
	session.start(await factsOf(response));
	return true;
}

export async function signOut(): Promise<void> {
	await send(`${PATH}/current`, 'DELETE');
	session.end();
}

async function send(path: string, method: string, body?: string): Promise<Response> {
	const headers = { ...OWN_REQUEST_HEADER, ...(body ? { 'Content-Type': 'application/json' } : {}) };
	try {
		return await fetch(path, { method, headers, body: body ?? null, credentials: 'same-origin' });
	} catch {
		throw offline();
	}
}

async function factsOf(response: Response): Promise<SessionFacts> {
	const body: unknown = await response.json().catch(() => undefined);
	if (!response.ok) throw problemOf(response, body);
	const text = (field: string) => {
		const value =
			typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[field] : undefined;
		return typeof value === 'string' ? value : null;
	};
	const role = text('role') ?? '';
	return {
		// The narrowest role is the safe reading of one that this version does not know.
		role: ROLES.includes(role) ? (role as Role) : 'reader',
		name: text('name'),
		expiresAt: text('expires_at')
	};
}
