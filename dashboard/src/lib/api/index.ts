// The one way to the API: typed, same-origin, signed in by the session's cookie.
import { createShortlineClient, type Schemas } from '@shortline/client';
import { connection } from '#lib/state/connection.svelte.ts';
import { session } from '#lib/state/session.svelte.ts';
import { ApiProblem, offline, problemOf } from './problem';

export type Link = Schemas['Link'];
export type LinkState = Link['state'];
export type NewLink = Schemas['NewLink'];
export type LinkPatch = Schemas['LinkPatch'];
export type Rule = Schemas['Rule'];
export type Domain = Schemas['Domain'];
export type Key = Schemas['Key'];
export type BlockedHost = Schemas['BlockedHost'];
export type Tag = Schemas['Tag'];

/** Only our own page can send it: the API wants it on every request that a cookie signs in and that is no GET. */
export const OWN_REQUEST_HEADER = { 'Shortline-Dashboard': '1' };

export const api = createShortlineClient({
	baseUrl: location.origin,
	credentials: 'same-origin',
	headers: OWN_REQUEST_HEADER,
	fetch: (request) => takeEarlyAnswer(request) ?? globalThis.fetch(request)
});

/** `boot.js` has asked for what the first page reads while the application was on its way. Each answer serves once. */
function takeEarlyAnswer({ method, url }: Request): Promise<Response> | undefined {
	if (method !== 'GET') return undefined;
	const { shortlineAnswers: answers } = globalThis as { shortlineAnswers?: Map<string, Promise<Response>> };
	const answer = answers?.get(url);
	answers?.delete(url);
	return answer;
}

interface Answer<T> {
	data?: T;
	error?: unknown;
	response: Response;
}

/** The answer's body, or an `ApiProblem`. */
export async function answer<T>(request: Promise<Answer<T>>): Promise<T> {
	return (await answerWithHeaders(request)).data;
}

/** Of a route that also answers CSV, which is text. */
export async function answerAsJson<T>(request: Promise<Answer<T>>): Promise<Exclude<T, string>> {
	const data = await answer(request);
	if (typeof data === 'string') throw new TypeError('the API answered text');
	return data as Exclude<T, string>;
}

export async function answerWithHeaders<T>(
	request: Promise<Answer<T>>
): Promise<{ data: T; headers: Headers }> {
	let result: Answer<T>;
	try {
		result = await request;
	} catch (error) {
		if (error instanceof DOMException && error.name === 'AbortError') throw error;
		connection.lost();
		throw offline();
	}
	const { data, error, response } = result;
	if (response.ok) {
		connection.restored();
		return { data: data as T, headers: response.headers };
	}
	const problem = problemOf(response, error);
	if (problem.isOffline || problem.status === 503) connection.lost();
	if (problem.status === 401) session.expire();
	throw problem;
}

export { ApiProblem };
