import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { de } from './de/index.ts';
import { en } from './en/index.ts';

/** What is spelled alike in both languages; "2" stands for what a text is about. */
const SAME =
	/^(API|CSV|Import|OK|Links?|Logo|Tags?|Name|Domains?|Browser|Android|ChromeOS|iOS|Linux|macOS|Windows|Minute|System|Bookmarklet|Medium|Origin|Bots|Webhooks|Tablet|[LMQH], \d+ %)( 2)?$|^[\d\s,:]+$/;

function texts(value: unknown, path = ''): [string, string][] {
	if (typeof value === 'string') return [[path, value]];
	if (typeof value === 'function')
		return [[path, String((value as (...parts: unknown[]) => unknown)('2', '2', '2'))]];
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([name, part]) => texts(part, `${path}.${name}`));
}

test('every_german_text_is_german', () => {
	const english = new Map(texts(en));
	const untranslated = texts(de).filter(([path, text]) => english.get(path) === text && !SAME.test(text));
	expect(untranslated).toEqual([]);
});

test('every_field_of_the_audit_has_a_word_in_both', () => {
	const sources = ['links/history.rs', 'domain_documents.rs'].map((name) =>
		readFileSync(`../origin-lambda/src/store/${name}`, 'utf8')
	);
	const compared = sources.join('\n').matchAll(/\.compare(?:_times|_secrets)?\(\s*"(\w+)"/g);
	const fields = [...compared].map(([, field]) => field ?? '');
	expect(fields.length).toBeGreaterThan(20);
	expect(fields.filter((field) => !en.audit.fields[field] || !de.audit.fields[field])).toEqual([]);
});

test('every_problem_is_explained_in_both', () => {
	expect(Object.keys(de.problems.codes).sort()).toEqual(Object.keys(en.problems.codes).sort());
});

test('no_text_is_empty', () => {
	expect([...texts(en), ...texts(de)].filter(([, text]) => text.trim() === '')).toEqual([]);
});
