// The links of a query, page by page. Each page continues where the previous one ended, so nothing is repeated or left out when
// links are added meanwhile.
import { answerAsJson, api, type Link } from '#lib/api/index.ts';
import { Pages } from '#lib/state/pages.svelte.ts';
import { PAGE_SIZE, type ListQuery } from './query';

export class LinkList extends Pages<Link> {
	/** Of all pages. */
	total = $state<number>();
	isMoreThanTotal = $state(false);
	#query: ListQuery | undefined;

	constructor() {
		super(async (cursor, signal) => {
			const query = { ...this.#query, limit: PAGE_SIZE, ...(cursor ? { cursor } : { count: true }) };
			const page = await answerAsJson(api.GET('/api/v1/links', { params: { query }, signal }));
			if (!cursor && !signal.aborted) {
				this.total = page.total;
				this.isMoreThanTotal = page.total_exceeded ?? false;
			}
			return page;
		});
	}

	/** Shows another query; what is shown stays until its first page is there. */
	async show(query: ListQuery): Promise<void> {
		this.#query = query;
		this.isReady = false;
		await this.reload();
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
}
