import { expect, test } from 'vitest';
import { byHourOfWeek } from './hours.ts';
import { stackedSums } from './stack.ts';
import { valueName } from './value-name.ts';

test('stack_draws_the_sum_first_and_the_lowest_layer_last', () => {
	const sums = stackedSums(2, [
		{ class: 'human', clicks: [1, 2] },
		{ class: 'bot', clicks: [10, 20] }
	]);
	expect(sums).toEqual([
		[11, 22],
		[1, 2]
	]);
});

test('series_of_different_lengths_stack_as_zeros', () => {
	expect(stackedSums(2, [{ class: 'human', clicks: [1] }])).toEqual([[1, 0]]);
});

test('week_begins_on_monday', () => {
	const { rows, most } = byHourOfWeek([
		{ value: '1-09', clicks: 5 },
		{ value: '7-23', clicks: 1 }
	]);
	expect(rows[0]?.[9]).toBe(5);
	expect(rows[6]?.[23]).toBe(1);
	expect(most).toBe(5);
});

test('missing_values_have_a_name_of_their_own', () => {
	expect(valueName('referrer', '(direct)')).toBe('Direct or unknown');
	expect(valueName('country', 'DE')).toBe('Germany');
	expect(valueName('region', 'US-TX')).toBe('United States, TX');
	expect(valueName('region', '(unknown)')).toBe('Unknown');
	expect(valueName('country', '(unknown)')).toBe('Unknown');
	expect(valueName('browser', '(other)')).toBe('All others');
	expect(valueName('language', 'de')).toBe('German');
});
