// The secret by which a client of YOURLS acts for a key.
import { answer, api, ApiProblem } from '#lib/api/index.ts';

const readSecret = (id: string, signal?: AbortSignal) =>
	answer(
		api.GET('/api/v1/keys/{id}/yourls-secret', { params: { path: { id } }, ...(signal ? { signal } : {}) })
	);

/** The audit notes who has seen it. */
export const showYourlsSecret = async (id: string): Promise<string> => (await readSecret(id)).secret;

/** Belongs to no key, so asking shows nothing and leaves nothing in the audit. */
const NO_KEY = '00000000-0000-0000-0000-000000000000';

/** Whether the installation serves YOURLS' API. */
export async function servesYourls(signal: AbortSignal): Promise<boolean> {
	try {
		await readSecret(NO_KEY, signal);
		return true;
	} catch (error) {
		if (!(error instanceof ApiProblem) || error.code === 'unknown') throw error;
		return error.code === 'key_not_found';
	}
}
