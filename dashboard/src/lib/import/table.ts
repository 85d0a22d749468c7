// A CSV file as a table.
import Papa from 'papaparse';

export interface Table {
	header: string[];
	/** As wide as the header. */
	rows: string[][];
}

export type TableProblem = 'empty' | 'tooLarge' | 'notText' | 'openQuote' | 'unreadable';

/** The browser keeps it whole in memory, and shows it at once. More is work for the command line. */
export const MOST_ROWS = 100_000;
export const MOST_BYTES = 50 * 1024 * 1024;

const URL_LIKE = /^https?:\/\/\S+$/i;
/** What a spreadsheet would run; exports put an apostrophe before it. */
const DEFUSED = /^'(?=[=+\-@\t\r])/;

export async function readFile(file: Blob): Promise<Table | TableProblem> {
	if (file.size > MOST_BYTES) return 'tooLarge';
	let bytes: ArrayBuffer;
	try {
		bytes = await file.arrayBuffer();
	} catch {
		// A folder, or a file that was moved away.
		return 'unreadable';
	}
	const text = decode(bytes);
	return text.includes('\0') ? 'notText' : readTable(text);
}

/** Spreadsheets still write the character set of Windows. */
function decode(bytes: ArrayBuffer): string {
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		const [first, second] = new Uint8Array(bytes);
		const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
		return new TextDecoder(isUtf16 ? (first === 0xff ? 'utf-16le' : 'utf-16be') : 'windows-1252').decode(
			bytes
		);
	}
}

export function readTable(text: string): Table | TableProblem {
	const { data, errors } = Papa.parse<string[]>(text.replace(/^\uFEFF/, ''), { skipEmptyLines: 'greedy' });
	const [first] = data;
	if (!first) return 'empty';
	// The rest of the file would be one cell.
	if (errors.some(({ code }) => code === 'MissingQuotes')) return 'openQuote';
	const width = data.reduce((widest, { length }) => Math.max(widest, length), 0);
	const hasHeader = !first.some((cell) => URL_LIKE.test(cell.trim()));
	const names = hasHeader ? first : [];
	const rows = hasHeader ? data.slice(1) : data;
	if (rows.length === 0) return 'empty';
	if (rows.length > MOST_ROWS) return 'tooLarge';
	const columns = Array.from({ length: width }, (_, column) => column);
	return {
		header: columns.map((column) => names[column]?.trim() ?? ''),
		rows: rows.map((row) => columns.map((column) => (row[column] ?? '').trim().replace(DEFUSED, '')))
	};
}
