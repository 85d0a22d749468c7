import { render } from '@testing-library/svelte';
import { afterEach, expect, test, vi } from 'vitest';
import LiveClicks from './LiveClicks.svelte';

afterEach(() => {
	vi.useRealTimers();
	vi.restoreAllMocks();
});

test('next_read_waits_for_the_answer', async () => {
	vi.useFakeTimers();
	let reply: (response: Response) => void = () => undefined;
	const fetched = vi
		.spyOn(globalThis, 'fetch')
		.mockImplementation(() => new Promise<Response>((resolve) => (reply = resolve)));
	const { unmount } = render(LiveClicks);
	await vi.advanceTimersByTimeAsync(20_000);
	expect(fetched).toHaveBeenCalledTimes(1);
	reply(Response.json({ data: [], next_cursor: '1', has_more: false }));
	await vi.advanceTimersByTimeAsync(5_000);
	expect(fetched).toHaveBeenCalledTimes(2);
	unmount();
});
