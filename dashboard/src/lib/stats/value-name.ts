// How a group of statistics is called.
import { countryName, languageName } from '#lib/format/index.ts';
import { t } from '#lib/i18n/index.ts';
import type { Dimension } from './requests.ts';

/** What the API says where there is no value of its own, or too many. */
function placeholderName(dimension: Dimension, value: string): string | undefined {
	if (value === '(direct)') return t.stats.noGroup;
	if (value === '(default)') return t.stats.ownDestination;
	if (value === '(none)') return t.stats.noParameter;
	if (value === '(other)') return t.stats.others;
	if (value === '(unknown)' || value === '')
		return dimension === 'referrer' ? t.stats.noGroup : t.stats.unknownValue;
	return undefined;
}

/** `US-TX` with its country's name. Browsers know no names of regions. */
function regionName(code: string): string {
	const [country = '', region] = code.split('-');
	return region ? `${countryName(country)}, ${region}` : code;
}

export function valueName(dimension: Dimension, value: string): string {
	const placeholder = placeholderName(dimension, value);
	if (placeholder) return placeholder;
	if (dimension === 'country') return countryName(value);
	if (dimension === 'region') return regionName(value);
	if (dimension === 'language') return languageName(value);
	if (dimension === 'device' && value in t.form.device)
		return t.form.device[value as keyof typeof t.form.device];
	if (dimension === 'tier' && value in t.stats.tiers)
		return t.stats.tiers[value as keyof typeof t.stats.tiers];
	return value;
}
