// Signs in and out.
import type { Schemas } from '@shortline/client';
import { session } from '#lib/state/session.svelte.ts';
import { answer, api, ApiProblem, OWN_REQUEST_HEADER } from './index.ts';

export type SessionEntry = Schemas['Session'];

export async function signIn(key: string): Promise<void> {
	start(
		await answer(api.POST('/api/v1/sessions', { params: { header: OWN_REQUEST_HEADER }, body: { key } }))
	);
}

/** Whether the browser's cookie still stands for a session. */
export async function resumeSession(): Promise<boolean> {
	try {
		start(await answer(api.GET('/api/v1/sessions/current')));
		return true;
	} catch (error) {
		if (error instanceof ApiProblem && error.status === 401) return false;
		throw error;
	}
}

export async function signOut(): Promise<void> {
	await answer(api.DELETE('/api/v1/sessions/current'));
	session.end();
}

/** Another browser's session. */
export async function endSession(id: string): Promise<void> {
	await answer(api.DELETE('/api/v1/sessions/{id}', { params: { path: { id } } }));
}

export async function signOutEverywhere(): Promise<void> {
	await answer(api.DELETE('/api/v1/sessions'));
	session.end();
}

function start(current: Schemas['CurrentSession']): void {
	session.start({
		role: current.role,
		keyId: current.key?.id ?? null,
		actions: current.key?.actions ?? null,
		isBound: current.key !== null && (current.key.domains !== null || current.key.own_links),
		// The bootstrap key has no name of its own.
		name: current.key ? current.name : null,
		expiresAt: current.expires_at
	});
}
