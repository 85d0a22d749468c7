// Writes the types of `src/schema.ts` from the OpenAPI document of a running stack; `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const stack = process.env['SHORTLINE_URL'] ?? 'http://127.0.0.1:8787';
const file = new URL('src/schema.ts', import.meta.url);

const types = await openapiTS(new URL('/api/v1/openapi.json', stack), { defaultNonNullable: false });
const text = `// Generated from the OpenAPI document by \`npm run client\`. Do not edit.\n\n${astToString(types)}`;

if (!process.argv.includes('--check')) {
	writeFileSync(file, text);
} else if (readFileSync(file, 'utf8') !== text) {
	console.error('client/src/schema.ts is out of date: run `npm run client` against the current stack.');
	process.exit(1);
}
