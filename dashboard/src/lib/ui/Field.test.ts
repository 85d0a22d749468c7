import { render, screen } from '@testing-library/svelte';
import { createRawSnippet, type ComponentProps } from 'svelte';
import { expect, test } from 'vitest';
import Field from './Field.svelte';

type Control = Parameters<ComponentProps<typeof Field>['control']>[0];

const control = createRawSnippet<[Control]>((attributes) => ({
	render: () => {
		const { id, 'aria-describedby': described, 'aria-invalid': invalid } = attributes();
		return `<input id="${id}" aria-describedby="${described}" aria-invalid="${invalid}" />`;
	}
}));

test('error_and_hint_describe_the_control', () => {
	render(Field, { label: 'Name', hint: 'Letters', error: 'is taken', control });
	const input = screen.getByLabelText('Name');
	expect(input.getAttribute('aria-invalid')).toBe('true');
	const described = (input.getAttribute('aria-describedby') ?? '').split(' ');
	expect(described.map((id) => document.getElementById(id)?.textContent)).toEqual(['Letters', 'is taken']);
});

test('valid_control_is_not_marked', () => {
	render(Field, { label: 'Title', control });
	expect(screen.getByLabelText('Title').getAttribute('aria-invalid')).toBe('undefined');
});
