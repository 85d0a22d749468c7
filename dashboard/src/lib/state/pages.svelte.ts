// A list of the API, page by page.
import { ApiProblem } from '#lib/api/problem.ts';

interface Page<T> {
	data: T[];
	next_cursor: string | null;
}

export type ReadPage<T> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>;

export class Pages<T> {
	items = $state.raw<T[]>([]);
	problem = $state.raw<ApiProblem>();
	isLoading = $state(true);
	/** Whether the first page is there. */
	isReady = $state(false);
	#cursor = $state.raw<string | null>(null);
	/** Of the page that was asked for last. */
	#asked: string | undefined;
	#controller = new AbortController();
	readonly #read: ReadPage<T>;

	constructor(read: ReadPage<T>) {
		this.#read = read;
	}

	get hasMore(): boolean {
		return this.#cursor !== null;
	}

	/** From the beginning; what is shown stays until the answer is there. */
	async reload(): Promise<void> {
		this.#controller.abort();
		this.#controller = new AbortController();
		await this.#load(undefined);
	}

	async more(): Promise<void> {
		// A cursor of the list before goes with no page of a list that failed to load.
		if (this.problem) return this.retry();
		if (!this.isLoading && this.#cursor) await this.#load(this.#cursor);
	}

	/** Reads the page again that failed. */
	async retry(): Promise<void> {
		if (!this.isLoading) await this.#load(this.#asked);
	}

	async #load(cursor: string | undefined): Promise<void> {
		const { signal } = this.#controller;
		this.isLoading = true;
		this.#asked = cursor;
		try {
			const page = await this.#read(cursor, signal);
			if (signal.aborted) return;
			this.items = cursor ? [...this.items, ...page.data] : page.data;
			this.#cursor = page.next_cursor;
			this.problem = undefined;
			this.isReady = true;
		} catch (error) {
			if (signal.aborted) return;
			if (!(error instanceof ApiProblem)) throw error;
			this.problem = error;
		} finally {
			if (!signal.aborted) this.isLoading = false;
		}
	}
}

/** Loads at once, and again whenever state that `read` uses before its first `await` changes. */
export function pages<T>(read: ReadPage<T>): Pages<T> {
	const list = new Pages(read);
	$effect(() => void list.reload());
	return list;
}
