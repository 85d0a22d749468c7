import { expect, test } from 'vitest';
import { splitResults } from './split.ts';

const [A, B] = ['https://a.example/', 'https://b.example/'];

test('shares_stand_beside_what_chance_would_give', () => {
	const rules = [{ url: A }, { split: [{ url: A, weight: 1 }, { url: B }] }];
	const [result] = splitResults(rules, [
		{ value: A, clicks: 90, visitors: 60 },
		{ value: B, clicks: 40, visitors: 40 },
		{ value: '(default)', clicks: 9, visitors: 9 }
	]);
	expect(result).toMatchObject({ rule: 1, visitors: 100 });
	const [first, second] = result?.branches ?? [];
	expect(first).toMatchObject({ visitors: 60, clicks: 90, share: 0.6, expected: 0.5 });
	expect(first?.low).toBeCloseTo(0.402);
	expect(first?.high).toBeCloseTo(0.598);
	expect(second).toMatchObject({ share: 0.4, expected: 0.5 });
});

test('split_without_visitors_says_nothing', () => {
	const [result] = splitResults([{ split: [{ url: A }, { url: B, weight: 3 }] }], []);
	expect(result?.branches[1]).toMatchObject({ visitors: 0, share: 0, expected: 0.75, low: 0, high: 1 });
});

test('short_destination_is_not_the_beginning_of_another', () => {
	const longer = `${A}sale`;
	const [result] = splitResults(
		[{ split: [{ url: longer }, { url: A }] }],
		[{ value: A, clicks: 1, visitors: 1 }]
	);
	expect(result?.branches.map(({ visitors }) => visitors)).toEqual([0, 1]);
});

test('destination_of_another_rule_leaves_no_verdict', () => {
	const split = [{ url: A }, { url: B }];
	const verdicts = (rules: Parameters<typeof splitResults>[0]) =>
		splitResults(rules, []).map(({ isShared }) => isShared);
	expect(verdicts([{ split }])).toEqual([false]);
	expect(verdicts([{ url: `${A}other` }, { split }])).toEqual([false]);
	expect(verdicts([{ split }, { url: A }])).toEqual([true]);
	expect(verdicts([{ split }, { split: [{ url: B }, { url: `${A}other` }] }])).toEqual([true, true]);
});

test('equal_branches_are_one', () => {
	const groups = [
		{ value: A, clicks: 9, visitors: 8 },
		{ value: B, clicks: 2, visitors: 2 }
	];
	const [result] = splitResults([{ split: [{ url: A, weight: 3 }, { url: B }, { url: A }] }], groups);
	expect(result).toMatchObject({ visitors: 10, isShared: false });
	expect(result?.branches.map(({ url, expected, share }) => [url, expected, share])).toEqual([
		[A, 0.8, 0.8],
		[B, 0.2, 0.2]
	]);
});

test('long_destination_is_found_by_what_clicks_keep_of_it', () => {
	const long = A + 'x'.repeat(600);
	const [result] = splitResults(
		[{ split: [{ url: long }, { url: B }] }],
		[{ value: long.slice(0, 512), clicks: 1, visitors: 1 }]
	);
	expect(result?.branches.map(({ visitors }) => visitors)).toEqual([1, 0]);
});
