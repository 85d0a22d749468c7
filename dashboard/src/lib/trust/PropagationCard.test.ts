import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, expect, test, vi } from 'vitest';
import PropagationCard from './PropagationCard.svelte';

afterEach(() => {
	cleanup();
	vi.useRealTimers();
	vi.restoreAllMocks();
});

test('answer_that_takes_longer_than_the_interval_arrives', async () => {
	vi.useFakeTimers();
	const link = (published_revision: number) => ({
		id: 'x',
		domain: 'go.example.com',
		code: 'summer',
		short_url: 'https://go.example.com/summer',
		revision: 2,
		published_revision,
		updated_at: new Date().toISOString()
	});
	const SLOW_MILLIS = 3_000;
	let published = 1;
	vi.spyOn(globalThis, 'fetch').mockImplementation(
		(request) =>
			new Promise((resolve, reject) => {
				(request as Request).signal.addEventListener('abort', () =>
					reject(new DOMException('x', 'AbortError'))
				);
				const body = { data: [link(published)], next_cursor: null };
				setTimeout(() => resolve(Response.json(body)), SLOW_MILLIS);
			})
	);
	render(PropagationCard);
	await vi.advanceTimersByTimeAsync(4_000);
	expect(screen.getByText('On its way')).toBeTruthy();
	published = 2;
	await vi.advanceTimersByTimeAsync(12_000);
	expect(screen.queryByText('On its way')).toBeNull();
});
