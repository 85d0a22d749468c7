// The numbers of a card as a file.
import type { Cell } from '#lib/links/csv.ts';
import type { Group } from './requests.ts';

export interface Table {
	file: string;
	header: string[];
	rows: Cell[][];
}

export const tableOfGroups = (dimension: string, groups: readonly Group[]): Table => ({
	file: `${dimension}.csv`,
	header: [dimension, 'clicks', 'visitors'],
	rows: groups.map(({ value, clicks, visitors }) => [value, clicks, visitors])
});
