// Short confirmations, read out by screen readers.

export interface Toast {
	id: number;
	text: string;
	tone: 'done' | 'failed';
	/** Takes back what the toast tells of. */
	undo: (() => void) | undefined;
}

const SHOWN_MILLIS = 5_000;
/** Long enough to read it and to decide. */
const UNDO_MILLIS = 12_000;

let toasts = $state.raw<Toast[]>([]);
let nextId = 0;

export const shownToasts = () => toasts;

export function toast(text: string, tone: Toast['tone'] = 'done', undo?: () => void): void {
	nextId += 1;
	const id = nextId;
	toasts = [...toasts.slice(-2), { id, text, tone, undo }];
	setTimeout(() => dismissToast(id), undo ? UNDO_MILLIS : SHOWN_MILLIS);
}

export function dismissToast(id: number): void {
	toasts = toasts.filter((other) => other.id !== id);
}
