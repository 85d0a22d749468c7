// The writing of one import, as its page shows it. Only one tab writes at a time.
import { ApiProblem } from '#lib/api/problem.ts';
import { isWaiting, jobStore, type Job } from './job-store.ts';
import { finishImport, readImport, sendRows, type Import } from './requests.ts';
import { writeJob } from './write.ts';

export class Writer {
	/** What waits in this browser; undefined where nothing does. */
	job = $state.raw<Job>();
	/** As the server has it. */
	import = $state.raw<Import>();
	problem = $state.raw<ApiProblem>();
	/** Whether it is known what waits. */
	isReady = $state(false);
	isRunning = $state(false);
	isElsewhere = $state(false);
	/** Whether the browser keeps no data for this page, or has no room left. */
	isUnstored = $state(false);
	waitSeconds = $state<number>();
	readonly #id: string;
	readonly #controller = new AbortController();

	constructor(id: string) {
		this.#id = id;
	}

	get hasWaiting(): boolean {
		return this.job !== undefined && isWaiting(this.job);
	}

	/** Reads what there is, and goes on with what waits. */
	async start(mayWrite: boolean): Promise<void> {
		await this.#guarded(async () => {
			this.job = await jobStore.read(this.#id);
			this.isReady = true;
			this.import = await readImport(this.#id, this.#controller.signal);
		});
		// A page that was closed between the last row and the end has only that left to do.
		const isUnfinished = this.job !== undefined && this.import?.finished_at === null;
		if (mayWrite && (this.hasWaiting || isUnfinished) && !this.problem) await this.write();
	}

	async write(): Promise<void> {
		const lock = `shortline-import-${this.#id}`;
		await navigator.locks.request(lock, { ifAvailable: true }, async (held) => {
			this.isElsewhere = held === null;
			if (held) await this.#guarded(() => this.#write());
		});
	}

	async #write(): Promise<void> {
		const { signal } = this.#controller;
		this.isRunning = true;
		try {
			await writeJob(this.#id, {
				store: jobStore,
				send: (rows) => sendRows(this.#id, rows, false, signal),
				finish: () => finishImport(this.#id),
				onbatch: (sent) => {
					if (this.job) this.job = { ...this.job, sent };
				},
				patience: { signal, onwait: (seconds) => (this.waitSeconds = seconds) }
			});
			this.job = await jobStore.read(this.#id);
			this.import = await readImport(this.#id, signal);
		} finally {
			this.isRunning = false;
		}
	}

	/** The rows that wait here; what was written stays. */
	async discard(): Promise<void> {
		await jobStore.remove(this.#id);
		this.job = undefined;
		this.problem = undefined;
	}

	leave(): void {
		this.#controller.abort();
	}

	async #guarded(work: () => Promise<void>): Promise<void> {
		this.problem = undefined;
		this.isUnstored = false;
		try {
			await work();
		} catch (error) {
			if (this.#controller.signal.aborted) return;
			if (error instanceof ApiProblem) this.problem = error;
			else if (error instanceof DOMException) this.isUnstored = true;
			else throw error;
		}
	}
}
