import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, stack, test } from './stack.ts';

test('client is that of the OpenAPI document', () => {
	const run = () =>
		execFileSync(process.execPath, ['client/generate.ts', '--check'], {
			cwd: fileURLToPath(new URL('..', import.meta.url)),
			env: { ...process.env, SHORTLINE_URL: stack },
			encoding: 'utf8',
			stdio: 'pipe'
		});
	expect(run).not.toThrow();
});
