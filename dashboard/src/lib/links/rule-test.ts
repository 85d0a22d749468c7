// Where the rules of a form would send a visitor. The edge decides; this mirrors its conditions, to try them out.
import { split, type Branch, type Device, type RuleDraft, type System } from './rule-draft.ts';

export interface Visitor {
	country: string;
	language: string;
	device: Device | '';
	system: System | '';
	query: string;
	at: Date;
}

export interface Verdict {
	/** Of the rule, from 0; undefined for the link's own destination. */
	rule: number | undefined;
	branches: Branch[];
}

export function testRules(rules: readonly RuleDraft[], url: string, visitor: Visitor): Verdict {
	const rule = rules.findIndex((each) => matches(each, visitor));
	const found = rules[rule];
	if (!found) return { rule: undefined, branches: [{ url, weight: 1 }] };
	return { rule, branches: found.isSplit ? found.split : [{ url: found.url, weight: 1 }] };
}

function matches(rule: RuleDraft, visitor: Visitor): boolean {
	const countries = split(rule.countries.toUpperCase());
	const languages = split(rule.languages);
	return (
		(countries.length === 0 || countries.includes(visitor.country.toUpperCase())) &&
		(languages.length === 0 || languages.some((wanted) => speaks(visitor.language, wanted))) &&
		(rule.devices.length === 0 || rule.devices.some((device) => device === visitor.device)) &&
		(rule.systems.length === 0 || rule.systems.some((system) => system === visitor.system)) &&
		(!rule.after || visitor.at >= new Date(rule.after)) &&
		(!rule.before || visitor.at < new Date(rule.before)) &&
		hasQuery(rule.query, visitor.query)
	);
}

/** `de` is met by de-CH, `no` by nb-NO. */
function speaks(language: string, wanted: string): boolean {
	const spoken = canonical(language);
	const asked = canonical(wanted);
	return spoken === asked || spoken.startsWith(`${asked}-`);
}

function canonical(tag: string): string {
	const lower = tag.toLowerCase().replaceAll('_', '-');
	return lower.replace(/^(nb|nn)(?=-|$)/, 'no');
}

/** Every named parameter must have one of its values, or be there if none is named. */
function hasQuery(conditions: string, query: string): boolean {
	const given = new URLSearchParams(query);
	const lines = conditions.split('\n').map((line) => line.trim());
	const wanted = Map.groupBy(lines.filter(Boolean), (line) => line.split('=')[0] ?? '');
	const isMet = (name: string, line: string) =>
		line === name ? given.has(name) : given.getAll(name).includes(line.slice(name.length + 1));
	return [...wanted].every(([name, lines]) => lines.some((line) => isMet(name, line)));
}
