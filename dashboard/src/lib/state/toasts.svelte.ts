// Short confirmations, read out by screen readers.

export interface Toast {
	id: number;
	text: string;
	tone: 'done' | 'failed';
}

const SHOWN_MILLIS = 5_000;

let toasts = $state.raw<Toast[]>([]);
let nextId = 0;

export const shownToasts = () => toasts;

export function toast(text: string, tone: Toast['tone'] = 'done'): void {
	nextId += 1;
	const id = nextId;
	toasts = [...toasts.slice(-2), { id, text, tone }];
	setTimeout(() => dismissToast(id), SHOWN_MILLIS);
}

export function dismissToast(id: number): void {
	toasts = toasts.filter((other) => other.id !== id);
}
