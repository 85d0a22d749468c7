// The click accounting: produced = stored + dropped + dead-lettered + missing.
import { answer, api } from '#lib/api/index.ts';
import type { operations } from '@shortline/client';

export type Pipeline = operations['getPipeline']['responses'][200]['content']['application/json'];
export type Totals = Pipeline['total'];
export type Producer = Pipeline['producers'][number];

export function readPipeline(signal: AbortSignal, producer?: string): Promise<Pipeline> {
	const params = { query: producer ? { producer } : {} };
	return answer(api.GET('/api/v1/pipeline', { params, signal }));
}

export const droppedOf = (totals: { dropped: Record<string, number> }) =>
	Object.values(totals.dropped).reduce((sum, clicks) => sum + clicks, 0);

/** Zero, unless the accounting itself is wrong. */
export function imbalance(totals: Omit<Totals, 'duplicate'>): number {
	return totals.produced - totals.stored - droppedOf(totals) - totals.dead_lettered - totals.missing;
}
