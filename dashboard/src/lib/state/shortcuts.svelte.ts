// The keys of the shown page and of the whole application. One listener; two keys in a row make a sequence such as "g l".
import { onMount } from 'svelte';

export interface Shortcut {
	/** A key as `KeyboardEvent.key` names it, `mod+k`, or two keys with a space between. */
	keys: string;
	label: string;
	group: string;
	run: () => void;
}

const SEQUENCE_MILLIS = 1_500;

let registered = $state.raw<Shortcut[]>([]);
let isSuspended = false;
let pending: { key: string; at: number } | undefined;

export const allShortcuts = () => registered;

/** Holds while the calling component is mounted. */
export function useShortcuts(shortcuts: () => Shortcut[]): void {
	onMount(() => {
		const mine = shortcuts();
		registered = [...registered, ...mine];
		return () => {
			registered = registered.filter((shortcut) => !mine.includes(shortcut));
		};
	});
}

/** While a dialog is on its way: its first letters must not run anything. */
export function suspendShortcuts(isSuspendedNow: boolean): void {
	isSuspended = isSuspendedNow;
}

export function handleKey(event: KeyboardEvent): void {
	const pressed = keysOf(event);
	if (event.defaultPrevented || isSuspended || pressed === undefined) return;
	const isCommand = pressed.startsWith('mod+');
	if (!isCommand && (isTyping(event.target) || document.querySelector('[role="dialog"],[role="menu"]')))
		return;
	const sequence =
		pending && event.timeStamp - pending.at < SEQUENCE_MILLIS ? `${pending.key} ${pressed}` : '';
	const found = last(sequence) ?? last(pressed);
	pending = found ? undefined : { key: pressed, at: event.timeStamp };
	if (!found) return;
	event.preventDefault();
	found.run();
}

/** A page's shortcut goes before the application's. */
function last(keys: string): Shortcut | undefined {
	return registered.findLast((shortcut) => shortcut.keys === keys);
}

function keysOf(event: KeyboardEvent): string | undefined {
	if (event.altKey || event.isComposing) return undefined;
	// With the caps lock a letter is a capital; `Enter` is written so.
	const { key } = event;
	if (event.metaKey || event.ctrlKey) return `mod+${key.length === 1 ? key.toLowerCase() : key}`;
	return event.key;
}

function isTyping(target: EventTarget | null): boolean {
	if (!(target instanceof HTMLElement)) return false;
	if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button'].includes(target.type);
	return (
		target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
	);
}

/** As it is printed on the keyboard in front of the person. */
export function keyLabels(keys: string): string[] {
	const isApple = /Mac|iP(hone|ad)/.test(navigator.userAgent);
	return keys
		.split(' ')
		.flatMap((key) => (key.startsWith('mod+') ? [isApple ? '⌘' : 'Ctrl', key.slice(4)] : [key]))
		.map((key) => KEY_NAMES[key] ?? (key.length === 1 && key !== '?' ? key.toUpperCase() : key));
}

const KEY_NAMES: Record<string, string> = { Enter: '↵', Escape: 'Esc', ArrowUp: '↑', ArrowDown: '↓' };
