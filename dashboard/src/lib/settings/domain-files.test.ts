import { expect, test } from 'vitest';
import { fileProblem, MOST_FILE_BYTES } from './domain-files.ts';

test('files_of_the_right_form_have_no_problem', () => {
	expect(fileProblem('apple', '{"applinks": {"details": []}}')).toBeUndefined();
	expect(fileProblem('android', '[{"relation": []}]')).toBeUndefined();
	expect(fileProblem('android', '[]')).toBeUndefined();
	expect(fileProblem('apple', ' \n ')).toBeUndefined();
});

test('broken_json_is_found_in_its_line', () => {
	expect(fileProblem('apple', '{\n\t"applinks": {}\n\t"webcredentials": {}\n}')).toEqual({
		kind: 'syntax',
		line: 3
	});
	expect(fileProblem('android', '[{\n\t"relation": []\n}\n')).toMatchObject({ kind: 'syntax' });
});

test('other_form_is_refused', () => {
	for (const text of ['[]', '"text"', 'null', '7']) {
		expect(fileProblem('apple', text)).toEqual({ kind: 'form' });
	}
	for (const text of ['{}', '["a"]', '[null]', '[[]]']) {
		expect(fileProblem('android', text)).toEqual({ kind: 'form' });
	}
});

test('size_is_that_of_the_json_in_bytes_without_spaces', () => {
	const object = (letters: number) => JSON.stringify({ a: 'ü'.repeat(letters) });
	const most = (MOST_FILE_BYTES - '{"a":""}'.length) / 2;
	expect(fileProblem('apple', `\n\n${object(most)}  `)).toBeUndefined();
	expect(fileProblem('apple', object(most + 1))).toEqual({ kind: 'size', bytes: MOST_FILE_BYTES + 2 });
});
