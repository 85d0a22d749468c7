import { expect, test } from 'vitest';
import { withScheme } from './typed-url.ts';

test('missing_scheme_is_https_and_others_stay', () => {
	expect(withScheme(' example.com/a ')).toBe('https://example.com/a');
	expect(withScheme('example.com:8080/a')).toBe('https://example.com:8080/a');
	for (const url of ['http://example.com', 'tel:123', 'com.example.app://a', ''])
		expect(withScheme(url)).toBe(url);
});
