// Campaign parameters that the person's key has saved to use again.
import { answer, api } from '#lib/api/index.ts';
import { pages, type Pages } from '#lib/state/pages.svelte.ts';
import type { Schemas } from '@shortline/client';

export type CampaignPreset = Schemas['CampaignPreset'];

/** As many as a key may have. */
const ALL = 100;

export function campaignPresets(): Pages<CampaignPreset> {
	return pages((cursor, signal) =>
		answer(
			api.GET('/api/v1/campaign-presets', {
				params: { query: { limit: ALL, ...(cursor ? { cursor } : {}) } },
				signal
			})
		)
	);
}

export const byName = (presets: readonly CampaignPreset[]): CampaignPreset[] =>
	presets.toSorted((a, b) => a.name.localeCompare(b.name));

/** Replaces one of the same name. */
export function savePreset(name: string, utm: CampaignPreset['utm']): Promise<CampaignPreset> {
	return answer(api.POST('/api/v1/campaign-presets', { body: { name, utm } }));
}

export async function removePreset(id: string): Promise<void> {
	await answer(api.DELETE('/api/v1/campaign-presets/{id}', { params: { path: { id } } }));
}
