// A rule as its form holds it: lists as they are typed.
import type { Rule } from '#lib/api/index.ts';
import { localTime, utcTime } from './local-time.ts';
import { withScheme } from './typed-url.ts';

export const DEVICES = ['desktop', 'mobile', 'tablet'] as const;
export const SYSTEMS = ['android', 'chromeos', 'ios', 'linux', 'macos', 'windows'] as const;
export type Device = (typeof DEVICES)[number];
export type System = (typeof SYSTEMS)[number];

export interface Branch {
	url: string;
	weight: number;
}

export interface RuleDraft {
	/** For the list on the screen only. */
	id: string;
	countries: string;
	languages: string;
	devices: Device[];
	systems: System[];
	after: string;
	before: string;
	/** A line for each parameter: `name=value`; `name` for any value, `name=` for none. */
	query: string;
	isSplit: boolean;
	url: string;
	split: Branch[];
}

export function emptyRule(): RuleDraft {
	return {
		id: crypto.randomUUID(),
		countries: '',
		languages: '',
		devices: [],
		systems: [],
		after: '',
		before: '',
		query: '',
		isSplit: false,
		url: '',
		split: [
			{ url: '', weight: 1 },
			{ url: '', weight: 1 }
		]
	};
}

export function ruleDraftOf(rule: Rule): RuleDraft {
	const conditions = rule.if ?? {};
	return {
		...emptyRule(),
		countries: listOf(conditions.country).join(', '),
		languages: listOf(conditions.language).join(', '),
		devices: listOf(conditions.device),
		systems: listOf(conditions.os),
		after: localTime(conditions.after),
		before: localTime(conditions.before),
		query: Object.entries(conditions.query ?? {})
			.flatMap(([name, values]) => linesOf(name, values))
			.join('\n'),
		isSplit: rule.split !== undefined,
		url: rule.url ?? '',
		...(rule.split ? { split: rule.split.map(({ url, weight }) => ({ url, weight: weight ?? 1 })) } : {})
	};
}

export function ruleOf(draft: RuleDraft): Rule {
	const conditions: NonNullable<Rule['if']> = {};
	const countries = split(draft.countries).map((code) => code.toUpperCase());
	const languages = split(draft.languages);
	const query = queryOf(draft.query);
	if (countries.length > 0) conditions.country = oneOrMany(countries);
	if (languages.length > 0) conditions.language = oneOrMany(languages);
	if (draft.devices.length > 0) conditions.device = oneOrMany(draft.devices);
	if (draft.systems.length > 0) conditions.os = oneOrMany(draft.systems);
	if (draft.after) conditions.after = utcTime(draft.after);
	if (draft.before) conditions.before = utcTime(draft.before);
	if (query) conditions.query = query;
	const target = draft.isSplit
		? { split: draft.split.map(({ url, weight }) => ({ url: withScheme(url), weight })) }
		: { url: withScheme(draft.url) };
	return { ...(Object.keys(conditions).length > 0 ? { if: conditions } : {}), ...target } as Rule;
}

export const split = (text: string) => text.split(/[\s,;]+/).filter(Boolean);

type Parameter = NonNullable<NonNullable<NonNullable<Rule['if']>['query']>[string]>;

function linesOf(name: string, values: Parameter | null): string[] {
	if (values !== null && typeof values === 'object' && !Array.isArray(values)) {
		return ['any' in values ? name : `${name}=`];
	}
	return listOf(values).map((value) => `${name}=${value}`);
}

function queryOf(text: string): Record<string, Parameter> | undefined {
	const values = new Map<string, string[] | 'any'>();
	for (const line of text.split('\n').map((line) => line.trim())) {
		if (!line) continue;
		const at = line.indexOf('=');
		const name = at < 0 ? line : line.slice(0, at);
		const earlier = values.get(name) ?? [];
		// Any value includes each of them.
		values.set(name, at < 0 || earlier === 'any' ? 'any' : [...earlier, line.slice(at + 1)]);
	}
	if (values.size === 0) return undefined;
	const parameter = (list: string[] | 'any') => (list === 'any' ? { any: true as const } : oneOrMany(list));
	return Object.fromEntries([...values].map(([name, list]) => [name, parameter(list)]));
}

/** As the API stores it: a single value is no list. */
function oneOrMany<T>(values: T[]): T | T[] {
	const [only] = values;
	return values.length === 1 && only !== undefined ? only : values;
}

function listOf<T>(value: T | T[] | null | undefined): T[] {
	if (value === null || value === undefined) return [];
	return Array.isArray(value) ? value : [value];
}
