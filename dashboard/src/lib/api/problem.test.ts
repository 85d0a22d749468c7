import { expect, test } from 'vitest';
import { problemOf } from './problem.ts';

test('fields_of_a_problem_are_found_by_name', () => {
	const body = {
		type: 'urn:shortline:problem:invalid_url',
		title: 'Invalid URL',
		status: 422,
		code: 'invalid_url',
		detail: 'errors says what to change',
		errors: [{ field: 'url', detail: 'must be absolute' }]
	};
	const problem = problemOf(new Response(null, { status: 422 }), body);
	expect(problem.code).toBe('invalid_url');
	expect(problem.fields.get('url')).toBe('must be absolute');
});

test('gateway_without_an_answer_is_offline', () => {
	expect(problemOf(new Response('<html>', { status: 502 }), '<html>').isOffline).toBe(true);
});

test('foreign_error_page_keeps_its_status', () => {
	expect(problemOf(new Response('no', { status: 418 }), 'no').status).toBe(418);
});

test('waiting_time_is_read', () => {
	const body = { type: '', title: '', status: 429, code: 'rate_limited', detail: '' };
	const response = new Response(null, { status: 429, headers: { 'Retry-After': '7' } });
	expect(problemOf(response, body).retryAfterSeconds).toBe(7);
});
