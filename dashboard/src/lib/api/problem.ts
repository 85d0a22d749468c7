// What a request may end with instead of its answer: an RFC 9457 problem document, or no answer at all.
import type { Schemas } from '@shortline/client';

export type ProblemDocument = Schemas['Problem'];

export class ApiProblem extends Error {
	override readonly name = 'ApiProblem';
	readonly code: string;
	readonly status: number;
	readonly title: string;
	/** The details of invalid fields, by name. */
	readonly fields: ReadonlyMap<string, string>;
	readonly retryAfterSeconds: number | undefined;

	constructor(document: ProblemDocument, retryAfter?: string | null) {
		super(document.detail);
		this.code = document.code;
		this.status = document.status;
		this.title = document.title;
		this.fields = new Map((document.errors ?? []).map(({ field, detail }) => [field, detail]));
		this.retryAfterSeconds = retryAfter ? Number(retryAfter) || undefined : undefined;
	}

	/** Neither edge nor origin answered. */
	get isOffline(): boolean {
		return this.code === 'offline';
	}
}

export function offline(): ApiProblem {
	return new ApiProblem({ type: 'about:blank', title: '', detail: '', status: 0, code: 'offline' });
}

/** The problem that a response describes, also where something between us and the API answered with a page of its own. */
export function problemOf(response: Response, body: unknown): ApiProblem {
	if (isProblem(body)) return new ApiProblem(body, response.headers.get('Retry-After'));
	if (response.status === 502 || response.status === 504) return offline();
	return new ApiProblem({
		type: 'about:blank',
		title: response.statusText,
		detail: '',
		status: response.status,
		code: 'unknown'
	});
}

function isProblem(body: unknown): body is ProblemDocument {
	return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'status' in body;
}
