// Light, dark, or as the system has it.

export type Theme = 'system' | 'light' | 'dark';

const STORED = 'shortline-theme';

let theme = $state<Theme>((document.documentElement.dataset['theme'] as Theme | undefined) ?? 'system');
let systemIsDark = $state(matchMedia('(prefers-color-scheme: dark)').matches);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (change) => {
	systemIsDark = change.matches;
});

export const appearance = {
	get theme() {
		return theme;
	},
	get isDark() {
		return theme === 'dark' || (theme === 'system' && systemIsDark);
	},
	choose(chosen: Theme) {
		theme = chosen;
		if (chosen === 'system') {
			delete document.documentElement.dataset['theme'];
			localStorage.removeItem(STORED);
		} else {
			document.documentElement.dataset['theme'] = chosen;
			localStorage.setItem(STORED, chosen);
		}
	}
};
