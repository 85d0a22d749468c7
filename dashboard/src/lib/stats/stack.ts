// The numbers of a stacked chart.
import type { ClickClass } from './requests.ts';

export interface PlotLayer {
	class: ClickClass;
	clicks: number[];
}

/** Bars over each other: the whole stack first, then what stays without its top layer, the lowest layer last. */
export function stackedSums(length: number, layers: readonly PlotLayer[]): number[][] {
	const sums: number[][] = [];
	for (const { clicks } of layers) {
		const below = sums.at(-1);
		sums.push(Array.from({ length }, (_, at) => (clicks[at] ?? 0) + (below?.[at] ?? 0)));
	}
	return sums.reverse();
}
