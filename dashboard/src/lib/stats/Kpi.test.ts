import { render, screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import Kpi from './Kpi.svelte';

test('change_is_against_the_period_before', () => {
	render(Kpi, { label: 'Clicks', value: 150, previous: 100 });
	expect(screen.getByText('150')).toBeTruthy();
	expect(screen.getByText('+50%')).toBeTruthy();
	expect(screen.getByText('before: 100')).toBeTruthy();
});

test('nothing_before_is_no_change', () => {
	render(Kpi, { label: 'Clicks', value: 150, previous: 0 });
	expect(screen.getByText('nothing to compare with')).toBeTruthy();
});
