// The links of a query, page by page. Each page goes on where the one before ended, so nothing is repeated or left out when
// links are added meanwhile.
import { answer, api, ApiProblem, type Link } from '#lib/api/index.ts';
import { PAGE_SIZE, type ListQuery } from './query';

export class LinkList {
	items = $state.raw<Link[]>([]);
	problem = $state.raw<ApiProblem>();
	isLoading = $state(true);
	/** Whether the first page of the current query is there. */
	isFresh = $state(false);
	#cursor = $state.raw<string | null>(null);
	#controller = new AbortController();
	#query: ListQuery | undefined;

	get hasMore(): boolean {
		return this.#cursor !== null;
	}

	/** Shows another query; what is shown stays until its first page is there. */
	async show(query: ListQuery): Promise<void> {
		this.#controller.abort();
		this.#controller = new AbortController();
		this.#query = query;
		this.isFresh = false;
		await this.#load(null);
	}

	async more(): Promise<void> {
		if (this.isLoading || !this.#cursor) return;
		await this.#load(this.#cursor);
	}

	async retry(): Promise<void> {
		await this.#load(this.isFresh ? this.#cursor : null);
	}

	replace(changed: Link): void {
		this.items = this.items.map((link) => (link.id === changed.id ? changed : link));
	}

	add(created: Link): void {
		this.items = [created, ...this.items.filter(({ id }) => id !== created.id)];
	}

	remove(ids: ReadonlySet<string>): void {
		this.items = this.items.filter(({ id }) => !ids.has(id));
	}

	async #load(cursor: string | null): Promise<void> {
		const { signal } = this.#controller;
		const query = { ...this.#query, limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) };
		this.isLoading = true;
		try {
			const page = await answer(api.GET('/api/v1/links', { params: { query }, signal }));
			if (signal.aborted) return;
			this.items = cursor ? [...this.items, ...page.data] : page.data;
			this.#cursor = page.next_cursor;
			this.problem = undefined;
			this.isFresh = true;
		} catch (error) {
			if (signal.aborted) return;
			if (!(error instanceof ApiProblem)) throw error;
			this.problem = error;
		} finally {
			if (!signal.aborted) this.isLoading = false;
		}
	}
}
