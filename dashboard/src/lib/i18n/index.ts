// The texts of the chosen language. They are loaded before the first page; a change of language loads the page again.
import type { Messages } from './en/index.ts';

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

const STORED = 'shortline-language';

export let t: Messages;
/** For dates and numbers: the browser's variant of the chosen language, such as en-GB. */
export let locale = 'en';
export let language: Language = 'en';

export async function loadMessages(): Promise<void> {
	language = chosenLanguage();
	locale = navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
	t = language === 'de' ? (await import('./de/index.ts')).de : (await import('./en/index.ts')).en;
	document.documentElement.lang = language;
}

export function chooseLanguage(chosen: Language): void {
	localStorage.setItem(STORED, chosen);
	location.reload();
}

function chosenLanguage(): Language {
	const wanted = [storedLanguage(), ...navigator.languages.map((tag) => tag.split('-')[0])];
	return wanted.find((tag): tag is Language => tag !== undefined && tag in LANGUAGES) ?? 'en';
}

function storedLanguage(): string | undefined {
	try {
		return localStorage.getItem(STORED) ?? undefined;
	} catch {
		return undefined;
	}
}
