// The branches of a weighted split: their share, and the shares that chance alone would give.
import type { Link } from '#lib/api/index.ts';
import type { Group } from './requests.ts';

export interface BranchResult {
	url: string;
	visitors: number;
	clicks: number;
	share: number;
	/** By the weights. */
	expected: number;
	/** Where 19 of 20 shares lie if only chance makes the difference. */
	low: number;
	high: number;
}

export interface SplitResult {
	/** Of the rule, from 0. */
	rule: number;
	visitors: number;
	branches: BranchResult[];
}

/** Of the normal distribution, for 95 %. */
const DEVIATIONS = 1.96;

/** A visitor stays with a branch for a day, so visitors are counted: clicks of one person are no separate draws. */
export function splitResults(rules: Link['rules'], groups: readonly Group[]): SplitResult[] {
	return rules.flatMap(({ split }, rule) => {
		if (!split) return [];
		const found = split.map(({ url }) => groupOf(url, groups));
		const visitors = sum(found.map((group) => group?.visitors ?? 0));
		const weights = sum(split.map(({ weight }) => weight ?? 1));
		const branches = split.map(({ url, weight }, index) => {
			const expected = (weight ?? 1) / weights;
			const spread = visitors ? DEVIATIONS * Math.sqrt((expected * (1 - expected)) / visitors) : 1;
			const count = found[index]?.visitors ?? 0;
			return {
				url,
				visitors: count,
				clicks: found[index]?.clicks ?? 0,
				share: visitors ? count / visitors : 0,
				expected,
				low: Math.max(0, expected - spread),
				high: Math.min(1, expected + spread)
			};
		});
		return [{ rule, visitors, branches }];
	});
}

/** Clicks keep the first 512 bytes of a destination. */
const LONG = 512;

function groupOf(url: string, groups: readonly Group[]): Group | undefined {
	return groups.find(({ value }) => value === url || (value.length >= LONG && url.startsWith(value)));
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
