// Writes `build/dashboard/_app/chunks.json`, the files whose names change with their content. A deployment reads the live
// version's list and adds those files to the new version, so that pages of both find theirs.
import { globSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const app = fileURLToPath(new URL('../build/dashboard/_app', import.meta.url));
const chunks = globSync('immutable/**/*.*', { cwd: app }).sort();
writeFileSync(`${app}/chunks.json`, `${JSON.stringify(chunks, null, '\t')}\n`);
