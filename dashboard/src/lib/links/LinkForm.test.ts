import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, expect, test, vi } from 'vitest';
import { ApiProblem } from '#lib/api/problem.ts';
import { emptyDraft } from './draft.ts';
import LinkForm from './LinkForm.svelte';

afterEach(() => {
	cleanup();
	vi.restoreAllMocks();
});

test('error_of_a_part_of_the_preview_stands_at_its_field', async () => {
	vi.spyOn(globalThis, 'fetch').mockImplementation(() =>
		Promise.resolve(Response.json({ data: [], next_cursor: null }))
	);
	const errors = [{ field: 'preview.image', detail: 'begins with https://' }];
	const problem = { type: 'urn:x', title: 'x', status: 422, code: 'invalid_preview', detail: 'x', errors };
	render(LinkForm, {
		initial: { ...emptyDraft(), url: 'https://a.example/', previewImage: 'http://a.example/x.png' },
		submitLabel: 'Create',
		save: () => Promise.reject(new ApiProblem(problem))
	});
	await fireEvent.click(screen.getByRole('button', { name: 'Create' }));
	const image = await screen.findByLabelText('Image');
	await vi.waitUntil(() => image.getAttribute('aria-invalid') === 'true');
	expect(screen.getByLabelText('Headline').getAttribute('aria-invalid')).not.toBe('true');
	expect(document.activeElement).toBe(image);
});
