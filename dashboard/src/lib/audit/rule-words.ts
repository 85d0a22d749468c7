// A rule in one line of words.
import type { Rule } from '#lib/api/index.ts';
import { countryName, formatShare, formatTime, languageName } from '#lib/format/index.ts';
import { t } from '#lib/i18n/index.ts';
import { ruleDraftOf, split } from '#lib/links/rule-draft.ts';

export function ruleInWords(rule: Rule): string {
	const draft = ruleDraftOf(rule);
	const conditions: [string, string[]][] = [
		[t.form.countries, split(draft.countries).map(countryName)],
		[t.form.languages, split(draft.languages).map(languageName)],
		[t.form.devices, draft.devices.map((device) => t.form.device[device])],
		[t.form.systems, draft.systems.map((system) => t.form.system[system])],
		[t.form.after, rule.if?.after ? [formatTime(rule.if.after)] : []],
		[t.form.before, rule.if?.before ? [formatTime(rule.if.before)] : []],
		[t.form.query, draft.query.split('\n').filter(Boolean)]
	];
	const told = conditions
		.filter(([, values]) => values.length > 0)
		.map(([name, values]) => `${name}: ${values.join(', ')}`);
	return `${told.join('; ') || t.form.anyone} → ${destinations(rule)}`;
}

function destinations({ split: branches, url }: Rule): string {
	if (!branches) return url ?? '';
	const all = branches.reduce((sum, { weight }) => sum + (weight ?? 1), 0);
	return branches.map(({ url, weight }) => `${formatShare((weight ?? 1) / (all || 1))} ${url}`).join(', ');
}
