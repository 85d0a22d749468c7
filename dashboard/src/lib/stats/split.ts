// The branches of a weighted split: their share, and the shares that chance alone would give.
import type { Link, Rule } from '#lib/api/index.ts';
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
	/** Whether a branch is a destination of another rule too. Clicks do not tell the two apart, so shares say nothing of chance. */
	isShared: boolean;
	branches: BranchResult[];
}

/** Of the normal distribution, for 95 %. */
const DEVIATIONS = 1.96;

/** A visitor stays with a branch for a day, so visitors are counted: clicks of one person are no separate draws. */
export function splitResults(rules: Link['rules'], groups: readonly Group[]): SplitResult[] {
	return rules.flatMap(({ split: weighted }, rule) => {
		if (!weighted) return [];
		const split = merged(weighted);
		const others = new Set(rules.toSpliced(rule, 1).flatMap(recordedUrls));
		const found = split.map(({ url }) => groups.find(({ value }) => value === recorded(url)));
		const visitors = sum(found.map((group) => group?.visitors ?? 0));
		const weights = sum(split.map(({ weight }) => weight));
		const branches = split.map(({ url, weight }, index) => {
			const expected = weight / weights;
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
		return [{ rule, visitors, isShared: split.some(({ url }) => others.has(recorded(url))), branches }];
	});
}

/** Clicks keep the first 512 bytes of a destination, which is ASCII. */
const recorded = (url: string) => url.slice(0, 512);

function recordedUrls({ url, split }: Rule): string[] {
	return [...(url ? [url] : []), ...(split ?? []).map((branch) => branch.url)].map(recorded);
}

/** Branches that clicks do not tell apart are one. */
function merged(split: NonNullable<Rule['split']>): { url: string; weight: number }[] {
	const branches = new Map<string, { url: string; weight: number }>();
	for (const { url, weight } of split) {
		const known = branches.get(recorded(url));
		const added = (known?.weight ?? 0) + (weight ?? 1);
		branches.set(recorded(url), { url: known?.url ?? url, weight: added });
	}
	return [...branches.values()];
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
