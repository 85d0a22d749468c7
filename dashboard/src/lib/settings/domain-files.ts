// What the API would refuse of the two files with which apps claim a domain's links, said before they are sent.

export type DomainFile = 'apple' | 'android';

/** As JSON without spaces. */
export const MOST_FILE_BYTES = 65_536;

export type FileProblem =
	{ kind: 'syntax'; line: number | undefined } | { kind: 'form' } | { kind: 'size'; bytes: number };

export function fileProblem(file: DomainFile, text: string): FileProblem | undefined {
	if (!text.trim()) return undefined;
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (error) {
		return { kind: 'syntax', line: lineOf(error instanceof Error ? error.message : '', text) };
	}
	const isRightForm = file === 'apple' ? isObject(value) : Array.isArray(value) && value.every(isObject);
	if (!isRightForm) return { kind: 'form' };
	const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
	return bytes > MOST_FILE_BYTES ? { kind: 'size', bytes } : undefined;
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Each browser says in its own words where JSON ends to be JSON, and some do not. */
function lineOf(message: string, text: string): number | undefined {
	const line = /\bline (\d+)/.exec(message)?.[1];
	if (line) return Number(line);
	const position = /\bposition (\d+)/.exec(message)?.[1];
	if (position) return text.slice(0, Number(position)).split('\n').length;
	return /end of/.test(message) ? text.trimEnd().split('\n').length : undefined;
}
