// Campaign parameters that are used again. They stay in this browser, apart for each key.
import { session } from '#lib/state/session.svelte.ts';
import { UTM, type UtmParameter } from './campaign.ts';

export interface CampaignPreset {
	name: string;
	values: Partial<Record<UtmParameter, string>>;
}

const STORED = 'shortline-campaigns';
/** The bootstrap key has no id. */
const place = () => `${STORED}:${session.facts?.keyId ?? 'bootstrap'}`;

export class CampaignPresets {
	list = $state.raw<CampaignPreset[]>(read());

	/** Replaces one of the same name. */
	keep(name: string, values: CampaignPreset['values']): void {
		const others = this.list.filter((preset) => preset.name !== name);
		this.#store([...others, { name, values }].sort((a, b) => a.name.localeCompare(b.name)));
	}

	remove(name: string): void {
		this.#store(this.list.filter((preset) => preset.name !== name));
	}

	#store(list: CampaignPreset[]): void {
		this.list = list;
		try {
			localStorage.setItem(place(), JSON.stringify(list));
		} catch {
			// Storage is off: they hold until the page is left.
		}
	}
}

function read(): CampaignPreset[] {
	try {
		const stored = JSON.parse(localStorage.getItem(place()) ?? '[]') as unknown;
		return Array.isArray(stored) ? stored.flatMap(presetOf) : [];
	} catch {
		return [];
	}
}

/** Storage may hold anything. */
function presetOf(stored: unknown): CampaignPreset[] {
	if (typeof stored !== 'object' || stored === null || !('name' in stored) || !('values' in stored))
		return [];
	const { name, values } = stored;
	if (typeof name !== 'string' || typeof values !== 'object' || values === null) return [];
	const given = new Map(Object.entries(values));
	const texts = UTM.flatMap((each) => {
		const value: unknown = given.get(each);
		return typeof value === 'string' ? [[each, value] as const] : [];
	});
	return [{ name, values: Object.fromEntries(texts) }];
}
