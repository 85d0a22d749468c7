// The version of a build, by which an open tab notices a deployment: made of the sources, so that equal sources give equal files.
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = [
	'src/**/*',
	'static/**/*',
	'client/src/**/*',
	'scripts/*',
	'package-lock.json',
	'vite.config.ts'
];

export function sourceVersion(): string {
	const hash = createHash('sha256');
	for (const file of globSync(SOURCES, { cwd: root }).sort()) {
		if (!statSync(`${root}/${file}`).isFile()) continue;
		hash
			.update(`${file}\0`)
			.update(readFileSync(`${root}/${file}`))
			.update('\0');
	}
	return hash.digest('hex').slice(0, 16);
}
