import { describe, expect, test } from 'vitest';
import type { Rule } from '#lib/api/index.ts';
import { emptyRule, ruleDraftOf, ruleOf } from './rule-draft.ts';
import { testRules, type Visitor } from './rule-test.ts';

const rules: Rule[] = [
	{ if: { country: 'DE', device: ['mobile', 'tablet'] }, url: 'https://example.com/a' },
	{
		if: { language: ['de', 'fr'], os: 'ios', query: { ref: ['x', 'y'], utm_source: 'mail' } },
		url: 'https://example.com/b'
	},
	{
		split: [
			{ url: 'https://example.com/1', weight: 70 },
			{ url: 'https://example.com/2', weight: 30 }
		]
	}
];

test('rule_survives_its_form', () => {
	expect(rules.map((rule) => ruleOf(ruleDraftOf(rule)))).toEqual(rules);
});

test('typed_lists_take_any_separator', () => {
	expect(ruleOf({ ...emptyRule(), countries: 'de; at,ch', url: 'https://example.com/' })).toEqual({
		if: { country: ['DE', 'AT', 'CH'] },
		url: 'https://example.com/'
	});
});

describe('trying rules out', () => {
	const visitor: Visitor = {
		country: 'DE',
		language: 'de-DE',
		device: 'mobile',
		system: 'ios',
		query: '',
		at: new Date('2026-11-29T12:00:00Z')
	};
	const url = 'https://example.com/';
	const chosen = (drafts: ReturnType<typeof emptyRule>[], who: Visitor) => testRules(drafts, url, who).rule;

	test('first_matching_rule_wins', () => {
		const drafts = [
			{ ...emptyRule(), countries: 'FR' },
			{ ...emptyRule(), countries: 'DE' },
			{ ...emptyRule(), devices: ['mobile' as const] }
		];
		expect(chosen(drafts, visitor)).toBe(1);
	});

	test('all_conditions_of_a_rule_must_hold', () => {
		const drafts = [{ ...emptyRule(), countries: 'DE', devices: ['desktop' as const] }];
		expect(testRules(drafts, url, visitor)).toEqual({ rule: undefined, branches: [{ url, weight: 1 }] });
	});

	test('language_meets_its_variants_and_no_other', () => {
		const speaks = (wanted: string, language: string) =>
			chosen([{ ...emptyRule(), languages: wanted }], { ...visitor, language }) === 0;
		expect(speaks('de', 'de-CH')).toBe(true);
		expect(speaks('no', 'nb-NO')).toBe(true);
		expect(speaks('de-CH', 'de')).toBe(false);
		expect(speaks('de', 'den')).toBe(false);
	});

	test('each_query_parameter_needs_one_of_its_values', () => {
		const drafts = [{ ...emptyRule(), query: 'ref=x\nref=y\nutm_source=mail' }];
		expect(chosen(drafts, { ...visitor, query: '?ref=y&utm_source=mail' })).toBe(0);
		expect(chosen(drafts, { ...visitor, query: '?ref=y' })).toBeUndefined();
	});

	test('query_parameter_may_have_any_value_or_none', () => {
		const rule: Rule = { if: { query: { ref: { any: true }, debug: [''] } }, url: 'https://a.test/' };
		const draft = ruleDraftOf(rule);
		expect(draft.query).toBe('ref\ndebug=');
		expect(ruleOf(draft)).toEqual({ ...rule, if: { query: { ref: { any: true }, debug: '' } } });
		expect(chosen([draft], { ...visitor, query: '?ref=x&debug' })).toBe(0);
		expect(chosen([draft], { ...visitor, query: '?debug=' })).toBeUndefined();
		expect(chosen([draft], { ...visitor, query: '?ref&debug=1' })).toBeUndefined();
	});

	test('period_begins_with_its_start_and_ends_before_its_end', () => {
		const drafts = [{ ...emptyRule(), after: '2026-11-29T12:00', before: '2026-11-29T13:00' }];
		const at = (local: string) => chosen(drafts, { ...visitor, at: new Date(local) });
		expect(at('2026-11-29T12:00')).toBe(0);
		expect(at('2026-11-29T13:00')).toBeUndefined();
		expect(at('2026-11-29T11:59')).toBeUndefined();
	});
});
