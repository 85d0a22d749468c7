import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { jobStore } from './job-store.ts';
import NewImport from './NewImport.svelte';

/** Answers of an installation that would create every row. */
async function answer(request: RequestInfo | URL): Promise<Response> {
	if (!(request instanceof Request)) throw new TypeError('the client sends requests');
	const { pathname } = new URL(request.url);
	if (pathname === '/api/v1/domains')
		return Response.json({ data: [{ host: 'go.example.com', default: true }], next_cursor: null });
	if (pathname === '/api/v1/imports') return Response.json({ id: 'i1' }, { status: 201 });
	const { rows } = (await request.json()) as { rows: { row_id: string }[] };
	const results = rows.map(({ row_id }) => ({ row_id, verdict: 'created', link: null, renamed_from: null }));
	return Response.json({ results });
}

beforeEach(() => void vi.spyOn(globalThis, 'fetch').mockImplementation(answer));
afterEach(() => {
	cleanup();
	vi.restoreAllMocks();
});

const fileOf = (name: string, text: string) => new File([text], name);

async function choose(...files: File[]): Promise<void> {
	render(NewImport, { onstarted: () => undefined });
	const drop = screen.getByRole('group');
	for (const file of files) await fireEvent.drop(drop, { dataTransfer: { files: [file] } });
}

async function check(): Promise<void> {
	const button = await screen.findByRole('button', { name: /^Check/ });
	await vi.waitUntil(() => !button.hasAttribute('disabled'));
	await fireEvent.click(button);
}

test('browser_that_keeps_nothing_is_reported', async () => {
	vi.spyOn(jobStore, 'create').mockRejectedValue(new DOMException('full', 'QuotaExceededError'));
	await choose(fileOf('links.csv', 'url\nhttps://a.example/'));
	await check();
	const write = await screen.findByRole('button', { name: 'Import 1 link' });
	await fireEvent.click(write);
	expect((await screen.findByRole('alert')).textContent).toContain('keeps no data');
	expect(write.hasAttribute('disabled')).toBe(false);
});

test('file_that_cannot_be_read_is_reported', async () => {
	const folder = fileOf('folder', '');
	folder.arrayBuffer = () => Promise.reject(new DOMException('a folder', 'NotReadableError'));
	await choose(folder);
	expect((await screen.findByRole('alert')).textContent).toContain('cannot read it');
	expect(screen.getByLabelText(/CSV file$/).hasAttribute('disabled')).toBe(false);
});

test('file_that_was_chosen_last_counts', async () => {
	let release: (bytes: ArrayBuffer) => void = () => undefined;
	const slow = fileOf('slow.csv', 'url\nhttps://slow.example/');
	slow.arrayBuffer = () => new Promise((resolve) => (release = resolve));
	await choose(slow, fileOf('quick.csv', 'url\nhttps://quick.example/'));
	await screen.findByText('quick.csv');
	release(new TextEncoder().encode('url\nhttps://slow.example/').buffer);
	await new Promise((resolve) => setTimeout(resolve));
	expect(screen.queryByText('slow.csv')).toBeNull();
	expect(screen.getAllByText('https://quick.example/').length).toBeGreaterThan(0);
});

test('dates_that_do_not_tell_are_asked_about', async () => {
	await choose(fileOf('links.csv', 'url,created\nhttps://a.example/,03/04/2026'));
	const button = await screen.findByRole('button', { name: /^Check/ });
	const reading = await screen.findByLabelText('What 03/04/2026 means');
	expect(button.hasAttribute('disabled')).toBe(true);
	await fireEvent.change(reading, { target: { value: 'day-first' } });
	await vi.waitUntil(() => !button.hasAttribute('disabled'));
	await fireEvent.click(button);
	await screen.findByText('go.example.com/New code');
	const sent = vi.mocked(globalThis.fetch).mock.calls.map(([request]) => request as Request);
	expect(sent.map(({ url }) => new URL(url).pathname)).toContain('/api/v1/imports/i1/rows');
});

test('focus_goes_to_the_step_that_begins', async () => {
	await choose(fileOf('links.csv', 'url\nhttps://a.example/'));
	await check();
	await screen.findByText('go.example.com/New code');
	expect(document.activeElement).toBe(screen.getByRole('region', { name: 'Verdicts' }));
	await fireEvent.click(screen.getByRole('button', { name: 'Back to the columns' }));
	expect(document.activeElement?.textContent).toContain('Recognised by their values');
});
