// The rows that failed as a file: with their own columns where this browser still has them, to be repaired and imported again.
import { csvOf } from '#lib/links/csv.ts';
import { downloadText } from '#lib/ui/download.ts';
import { jobStore } from './job-store.ts';
import type { Patience } from '#lib/api/patience.ts';
import { readFailures } from './requests.ts';

export async function downloadFailures(id: string, title: string | null, patience: Patience): Promise<void> {
	const job = await jobStore.read(id);
	const kept = job ? await jobStore.failed(id) : [];
	const text =
		job && kept.length > 0
			? csvOf(
					[...job.header, 'problem_field', 'problem'],
					kept.map(({ cells, field, detail }) => [...cells, field, detail])
				)
			: csvOf(
					['row_id', 'domain', 'alias', 'url', 'problem_field', 'problem'],
					(await readFailures(id, patience)).map(({ row_id, domain, alias, url, field, detail }) => [
						row_id,
						domain,
						alias,
						url,
						field,
						detail
					])
				);
	const name = (title ?? id).replace(/\.\w{1,4}$/, '');
	downloadText(`${name}-failures.csv`, 'text/csv', text);
}
