// What the API says against the rules of a form: it names them by position, as `rules[0].split[1].url`.
import type { RuleDraft } from './rule-draft.ts';

/** What is said against each field of a rule. */
export type RuleErrors = ReadonlyMap<string, string>;

/** By the rule's id: rules may change places afterwards. */
export function errorsByRule(
	fields: ReadonlyMap<string, string>,
	rules: readonly RuleDraft[]
): ReadonlyMap<string, RuleErrors> {
	const byRule = new Map<string, Map<string, string>>();
	for (const [name, detail] of fields) {
		const [, position, field = ''] = /^rules\[(\d+)\]\.?(.*)$/.exec(name) ?? [];
		const id = rules[Number(position)]?.id;
		if (id) byRule.set(id, (byRule.get(id) ?? new Map<string, string>()).set(field, detail));
	}
	return byRule;
}

/** Of the field or a part of it: `if.country` has also what is said against `if.country[1]`. */
export function errorOfField(errors: RuleErrors | undefined, field: string): string | undefined {
	const isOfField = (name: string) =>
		name === field || name.startsWith(`${field}.`) || name.startsWith(`${field}[`);
	return [...(errors ?? [])].find(([name]) => isOfField(name))?.[1];
}

/** Those that can be typed in. */
const FIELDS = /^(url|split\[\d+\]\.(url|weight)|if\.(country|language|after|before|query)\b.*)$/;

/** What stands at no field. */
export function errorOfRule(errors: RuleErrors | undefined): string | undefined {
	return [...(errors ?? [])].find(([name]) => !FIELDS.test(name))?.[1];
}
