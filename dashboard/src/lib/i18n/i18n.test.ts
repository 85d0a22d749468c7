import { expect, test } from 'vitest';
import { de } from './de/index.ts';
import { en } from './en/index.ts';

/** What is spelled alike in both languages. */
const SAME =
	/^(API|CSV|Import|OK|Links?|Logo|Tags?|Name|Domains?|Browser|Android|ChromeOS|iOS|Linux|macOS|Windows|Minute|System|Bookmarklet|Medium|Origin|Bots|Webhooks|302|30[178]|Tablet|[LMQH], \d+ %)/;

function texts(value: unknown, path = ''): [string, string][] {
	if (typeof value === 'string') return [[path, value]];
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([name, part]) => texts(part, `${path}.${name}`));
}

test('every_german_text_is_german', () => {
	const english = new Map(texts(en));
	const untranslated = texts(de).filter(([path, text]) => english.get(path) === text && !SAME.test(text));
	expect(untranslated).toEqual([]);
});

test('every_problem_is_explained_in_both', () => {
	expect(Object.keys(de.problems.codes).sort()).toEqual(Object.keys(en.problems.codes).sort());
});

test('no_text_is_empty', () => {
	expect([...texts(en), ...texts(de)].filter(([, text]) => text.trim() === '')).toEqual([]);
});
