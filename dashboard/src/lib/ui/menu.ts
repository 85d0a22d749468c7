// A button that opens a list of actions.
import type { IconName } from './icons.ts';

export interface MenuAction {
	label: string;
	icon?: IconName;
	shortcut?: string;
	isDanger?: boolean;
	isChecked?: boolean;
	run: () => void;
}

export interface MenuProps {
	label: string;
	/** Shown on the button; without it, only the icon is. */
	text?: string;
	icon?: IconName;
	actions: MenuAction[];
	class?: string;
}

export const MENU_BUTTON = 'button button-quiet button-icon';
