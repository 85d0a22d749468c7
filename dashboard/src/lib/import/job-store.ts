// What an import has left to do, in the browser's database: it outlives a reload and a crash. The verdicts are the server's.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { ImportRow, RowResult } from './requests.ts';

export interface Job {
	/** Of the import. */
	id: string;
	fileName: string;
	header: string[];
	/** How many rows each batch has. */
	sizes: number[];
	/** Batches that the server has answered. */
	sent: number;
	savedAt: number;
}

/** A row with its cells as the file has them. */
export interface WaitingRow extends ImportRow {
	cells: string[];
}

export interface FailedRow {
	cells: string[];
	code: string;
	field: string | null;
	detail: string;
}

export const rowsIn = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0);
export const isWaiting = ({ sent, sizes }: Job) => sent < sizes.length;

export interface JobStore {
	read(id: string): Promise<Job | undefined>;
	list(): Promise<Job[]>;
	create(job: Job, batches: readonly WaitingRow[][]): Promise<void>;
	batch(id: string, index: number): Promise<WaitingRow[]>;
	/** Notes that the batch was answered, and keeps of its rows only those that failed. */
	answered(id: string, index: number, failed: readonly FailedRow[]): Promise<void>;
	failed(id: string): Promise<FailedRow[]>;
	remove(id: string): Promise<void>;
}

interface Schema extends DBSchema {
	jobs: { key: string; value: Job };
	batches: { key: [string, number]; value: WaitingRow[] };
	failures: { key: [string, number]; value: FailedRow[] };
}

/** Rows may hold passwords: they do not stay for ever where an import is never finished. */
const KEPT_MILLIS = 30 * 24 * 3_600_000;

let opened: Promise<IDBPDatabase<Schema>> | undefined;

function database(): Promise<IDBPDatabase<Schema>> {
	opened ??= openDB<Schema>('shortline-imports', 1, {
		upgrade(database) {
			database.createObjectStore('jobs', { keyPath: 'id' });
			database.createObjectStore('batches');
			database.createObjectStore('failures');
		}
	}).catch((error: unknown) => {
		// The browser may allow it the next time.
		opened = undefined;
		throw error;
	});
	return opened;
}

const allOf = (id: string) => IDBKeyRange.bound([id, 0], [id, Infinity]);

export const jobStore: JobStore = {
	async read(id) {
		return (await database()).get('jobs', id);
	},

	async list() {
		const jobs = await (await database()).getAll('jobs');
		const isOld = ({ savedAt }: Job) => savedAt < Date.now() - KEPT_MILLIS;
		for (const { id } of jobs.filter(isOld)) await jobStore.remove(id);
		return jobs.filter((job) => !isOld(job));
	},

	async create(job, batches) {
		const transaction = (await database()).transaction(['jobs', 'batches'], 'readwrite');
		const store = transaction.objectStore('batches');
		const puts = batches.map((batch, index) => store.put(batch, [job.id, index]));
		await Promise.all([...puts, transaction.objectStore('jobs').put(job), transaction.done]);
	},

	async batch(id, index) {
		return (await (await database()).get('batches', [id, index])) ?? [];
	},

	async answered(id, index, failed) {
		const transaction = (await database()).transaction(['jobs', 'batches', 'failures'], 'readwrite');
		const jobs = transaction.objectStore('jobs');
		const job = await jobs.get(id);
		if (job) {
			await jobs.put({ ...job, sent: Math.max(job.sent, index + 1) });
			await transaction.objectStore('batches').delete([id, index]);
			if (failed.length > 0) await transaction.objectStore('failures').put([...failed], [id, index]);
		}
		await transaction.done;
	},

	async failed(id) {
		return (await (await database()).getAll('failures', allOf(id))).flat();
	},

	async remove(id) {
		const transaction = (await database()).transaction(['jobs', 'batches', 'failures'], 'readwrite');
		await Promise.all([
			transaction.objectStore('jobs').delete(id),
			transaction.objectStore('batches').delete(allOf(id)),
			transaction.objectStore('failures').delete(allOf(id)),
			transaction.done
		]);
	}
};

export function failedRowOf(row: WaitingRow, { problem }: RowResult): FailedRow {
	const [first] = problem?.errors ?? [];
	return {
		cells: row.cells,
		code: problem?.code ?? 'unknown',
		field: first?.field ?? null,
		detail: first?.detail ?? problem?.detail ?? ''
	};
}
