import { expect, test } from 'vitest';
import { ApiProblem, offline } from '#lib/api/problem.ts';
import type { FailedRow, Job, JobStore, WaitingRow } from './job-store.ts';
import type { ImportRow, RowResult } from './requests.ts';
import { countsOf, writeJob } from './write.ts';

function memoryStore(): JobStore {
	const jobs = new Map<string, Job>();
	const batches = new Map<string, WaitingRow[]>();
	const failures = new Map<string, FailedRow[]>();
	return {
		read: (id) => Promise.resolve(jobs.get(id)),
		list: () => Promise.resolve([...jobs.values()]),
		create: (job, waiting) => {
			jobs.set(job.id, job);
			waiting.forEach((batch, index) => batches.set(`${job.id} ${index}`, batch));
			return Promise.resolve();
		},
		batch: (id, index) => Promise.resolve(batches.get(`${id} ${index}`) ?? []),
		answered: (id, index, failed) => {
			const job = jobs.get(id);
			if (job) jobs.set(id, { ...job, sent: index + 1 });
			batches.delete(`${id} ${index}`);
			failures.set(`${id} ${index}`, [...failed]);
			return Promise.resolve();
		},
		failed: () => Promise.resolve([...failures.values()].flat()),
		remove: (id) => {
			jobs.delete(id);
			return Promise.resolve();
		}
	};
}

const row = (name: string): WaitingRow => ({
	row_id: name,
	link: { url: `https://${name}.example/` },
	cells: [name]
});
const results = (rows: ImportRow[], failing: string[] = []): { results: RowResult[] } => ({
	results: rows.map(({ row_id }) => ({
		row_id,
		verdict: failing.includes(row_id) ? ('failed' as const) : ('created' as const),
		repeated: false,
		link: null,
		renamed_from: null,
		problem: failing.includes(row_id)
			? {
					type: '',
					title: 'Invalid',
					status: 422,
					code: 'invalid_url',
					detail: 'd',
					errors: [{ field: 'url', detail: 'must be absolute' }]
				}
			: null
	}))
});

async function started() {
	const store = memoryStore();
	const job = { id: 'i', fileName: 'a.csv', header: ['name'], sizes: [2, 1], sent: 0, savedAt: 0 };
	await store.create(job, [[row('a'), row('b')], [row('c')]]);
	const sent: string[] = [];
	const waits: number[] = [];
	const run = (answer: (rows: ImportRow[]) => Promise<{ results: RowResult[] }>) => {
		const controller = new AbortController();
		return writeJob('i', {
			store,
			send: (rows) => {
				sent.push(rows.map(({ row_id }) => row_id).join());
				return answer(rows);
			},
			finish: () => {
				sent.push('finish');
				return Promise.resolve();
			},
			onbatch: () => undefined,
			patience: {
				signal: controller.signal,
				wait: (seconds) => {
					waits.push(seconds);
					return Promise.resolve();
				}
			}
		});
	};
	return { store, sent, waits, run };
}

test('every_batch_is_sent_once_and_then_the_import_is_finished', async () => {
	const { store, sent, run } = await started();
	await run((rows) => Promise.resolve(results(rows)));
	expect(sent).toEqual(['a,b', 'c', 'finish']);
	expect(await store.read('i')).toBeUndefined();
});

test('interrupted_job_goes_on_where_it_ended', async () => {
	const { sent, run } = await started();
	const gone = new ApiProblem({ type: '', title: '', status: 401, code: 'invalid_session', detail: '' });
	await expect(
		run((rows) => (rows.length === 2 ? Promise.resolve(results(rows)) : Promise.reject(gone)))
	).rejects.toBe(gone);
	await run((rows) => Promise.resolve(results(rows)));
	expect(sent).toEqual(['a,b', 'c', 'c', 'finish']);
});

test('failed_rows_keep_their_cells_and_their_reason', async () => {
	const { store, run } = await started();
	await run((rows) => Promise.resolve(results(rows, ['b'])));
	expect(await store.failed('i')).toEqual([
		{ cells: ['b'], code: 'invalid_url', field: 'url', detail: 'must be absolute' }
	]);
	expect(await store.read('i')).toMatchObject({ sent: 2 });
});

test('limit_of_the_key_is_waited_for_and_a_lost_answer_asked_again', async () => {
	const { sent, waits, run } = await started();
	const limited = new ApiProblem({ type: '', title: '', status: 429, code: 'rate_limited', detail: '' }, '7');
	const answers = [limited, offline()];
	await run((rows) => {
		const problem = answers.shift();
		return problem ? Promise.reject(problem) : Promise.resolve(results(rows));
	});
	expect(waits).toEqual([7, 1]);
	expect(sent).toEqual(['a,b', 'a,b', 'a,b', 'c', 'finish']);
});

test('verdicts_are_counted', () => {
	expect(countsOf([{ verdict: 'created' }, { verdict: 'failed' }, { verdict: 'created' }])).toEqual({
		created: 2,
		replaced: 0,
		skipped: 0,
		failed: 1
	});
});
