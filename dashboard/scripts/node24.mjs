// Runs a script on the Node that package-lock.json pins: SvelteKit and Vitest need a newer one than many machines have.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const packages = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`];
const pinned = packages
	.map((name) => `${root}node_modules/${name}/bin/node`)
	.find((path) => existsSync(path));
if (!pinned) {
	console.error(`No pinned Node for ${process.platform}-${process.arch}: run \`npm ci\` first.`);
	process.exit(1);
}
const { status } = spawnSync(pinned, process.argv.slice(2), { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
