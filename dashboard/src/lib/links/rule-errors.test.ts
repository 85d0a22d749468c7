import { expect, test } from 'vitest';
import { emptyRule } from './rule-draft.ts';
import { errorOfField, errorOfRule, errorsByRule } from './rule-errors.ts';

const rules = [emptyRule(), emptyRule()];
const [first, second] = rules.map(({ id }) => id);

test('error_stays_with_its_rule_and_field', () => {
	const errors = errorsByRule(
		new Map([
			['url', 'no URL'],
			['rules[1].if.country[0]', 'no country'],
			['rules[1].split[1].weight', 'too light']
		]),
		rules
	);
	expect([...errors.keys()]).toEqual([second]);
	const ofSecond = errors.get(second ?? '');
	expect(errorOfField(ofSecond, 'if.country')).toBe('no country');
	expect(errorOfField(ofSecond, 'split[1].weight')).toBe('too light');
	expect(errorOfField(ofSecond, 'split[0].weight')).toBeUndefined();
	expect(errorOfRule(ofSecond)).toBeUndefined();
});

test('error_of_no_field_is_of_the_rule', () => {
	for (const field of ['rules[0]', 'rules[0].split', 'rules[0].if.device[1]']) {
		const errors = errorsByRule(new Map([[field, 'is wrong']]), rules).get(first ?? '');
		expect(errorOfRule(errors), field).toBe('is wrong');
		expect(errorOfField(errors, 'url'), field).toBeUndefined();
	}
});
