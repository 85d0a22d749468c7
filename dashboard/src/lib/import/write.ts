// Writes the waiting batches of an import, one after another, and finishes it.
import { failedRowOf, type JobStore } from './job-store.ts';
import { patiently, type Patience } from '#lib/api/patience.ts';
import { VERDICTS, type Counts, type ImportRow, type RowResult } from './requests.ts';

export const noCounts = (): Counts => ({ created: 0, replaced: 0, skipped: 0, failed: 0 });

export function countsOf(results: readonly Pick<RowResult, 'verdict'>[]): Counts {
	const counts = noCounts();
	for (const { verdict } of results) counts[verdict] += 1;
	return counts;
}

export const sumOf = (counts: Counts) => VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);

export interface Write {
	store: JobStore;
	send: (rows: ImportRow[]) => Promise<{ results: RowResult[] }>;
	finish: () => Promise<unknown>;
	/** The batches that are answered. */
	onbatch: (sent: number) => void;
	patience: Patience;
}

/** Begins where the last run of the same job ended, in this tab or before a reload. */
export async function writeJob(id: string, { store, send, finish, onbatch, patience }: Write): Promise<void> {
	const job = await store.read(id);
	if (!job) return;
	for (let index = job.sent; index < job.sizes.length; index += 1) {
		const rows = await store.batch(id, index);
		if (rows.length > 0) {
			const sent = rows.map(({ row_id, link }) => ({ row_id, link }));
			const { results } = await patiently(() => send(sent), patience);
			const failed = results.flatMap((result, at) => {
				const row = rows[at];
				return row && result.verdict === 'failed' ? [failedRowOf(row, result)] : [];
			});
			await store.answered(id, index, failed);
		}
		patience.signal.throwIfAborted();
		onbatch(index + 1);
	}
	await patiently(finish, patience);
	// Only what failed is still of use.
	if ((await store.failed(id)).length === 0) await store.remove(id);
}
