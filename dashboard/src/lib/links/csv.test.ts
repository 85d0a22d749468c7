import { expect, test } from 'vitest';
import { csvCell, csvOf } from './csv.ts';

test('quotes_and_separators_are_kept', () => {
	expect(
		csvOf(
			['a', 'b'],
			[
				['x,y', 'say "no"'],
				[null, 3]
			]
		)
	).toBe('a,b\r\n"x,y","say ""no"""\r\n,3\r\n');
});

test('formula_is_defused', () => {
	expect(csvCell('=HYPERLINK("https://evil.example")')).toBe('"\'=HYPERLINK(""https://evil.example"")"');
	expect(csvCell('@SUM(A1)')).toBe("'@SUM(A1)");
	expect(csvCell(-5)).toBe('-5');
});
