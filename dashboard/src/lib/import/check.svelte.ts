// Asks for a verdict on every row, before anything is written.
import { ApiProblem } from '#lib/api/problem.ts';
import { patiently } from '#lib/api/patience.ts';
import { sendRows, type ImportRow, type RowResult } from './requests.ts';

export class Check {
	results = $state.raw<RowResult[]>([]);
	problem = $state.raw<ApiProblem>();
	isRunning = $state(false);
	/** Until the key may send again. */
	waitSeconds = $state<number>();
	#controller = new AbortController();

	/** `open` gives the import whose policy the rows are judged by. */
	async run(open: () => Promise<string>, batches: readonly ImportRow[][]): Promise<void> {
		this.stop();
		const { signal } = (this.#controller = new AbortController());
		this.results = [];
		this.problem = undefined;
		this.isRunning = true;
		const patience = { signal, onwait: (seconds: number | undefined) => (this.waitSeconds = seconds) };
		try {
			const id = await patiently(open, patience);
			for (const batch of batches) {
				signal.throwIfAborted();
				const { results } = await patiently(() => sendRows(id, batch, true, signal), patience);
				if (!signal.aborted) this.results = [...this.results, ...results];
			}
		} catch (error) {
			if (signal.aborted) return;
			if (!(error instanceof ApiProblem)) throw error;
			this.problem = error;
		} finally {
			if (!signal.aborted) this.isRunning = false;
		}
	}

	stop(): void {
		this.#controller.abort();
		this.isRunning = false;
		this.waitSeconds = undefined;
	}
}
