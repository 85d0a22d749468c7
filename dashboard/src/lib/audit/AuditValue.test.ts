import { render, screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import AuditValue from './AuditValue.svelte';

test('item_that_a_client_sent_twice_is_shown_twice', () => {
	render(AuditValue, { value: { form: 'list', items: ['x', 'x'] } });
	expect(screen.getAllByText('x')).toHaveLength(2);
});
