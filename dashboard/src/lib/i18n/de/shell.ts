import type { Messages } from '../en/index.ts';

export const common: Messages['common'] = {
	add: 'Hinzufügen',
	all: 'Alle',
	apply: 'Anwenden',
	cancel: 'Abbrechen',
	close: 'Schließen',
	copied: (text) => `${text} kopiert`,
	copy: 'Kopieren',
	copyFailed: 'Der Browser hat das Kopieren nicht erlaubt.',
	delete: 'Löschen',
	dismiss: 'Ausblenden',
	done: 'Fertig',
	loading: 'Lädt …',
	loadMore: 'Mehr laden',
	more: 'Mehr',
	never: 'Nie',
	pickColor: (label) => `Wählen: ${label}`,
	noColor: 'Sechs hexadezimale Ziffern, zum Beispiel #1d4ed8.',
	none: 'Keine',
	remove: (what) => `${what} entfernen`,
	reload: 'Neu laden',
	retry: 'Erneut versuchen',
	save: 'Speichern',
	saved: 'Gespeichert',
	undo: 'Rückgängig',
	unknown: 'Unbekannt'
};

export const nav: Messages['nav'] = {
	label: 'Hauptnavigation',
	skip: 'Zum Inhalt springen',
	links: 'Links',
	statistics: 'Statistik',
	trust: 'Vertrauen',
	settings: 'Einstellungen',
	palette: 'Suchen',
	account: 'Konto und Darstellung',
	api: 'API-Dokumentation'
};

export const themes: Messages['themes'] = {
	system: 'Design: wie das System',
	light: 'Design: hell',
	dark: 'Design: dunkel'
};

export const roles: Messages['roles'] = { admin: 'Administration', editor: 'Bearbeiten', reader: 'Lesen' };

export const signIn: Messages['signIn'] = {
	title: 'Anmelden',
	text: 'Mit einem API-Schlüssel deiner Installation.',
	key: 'API-Schlüssel',
	hint: 'Der Schlüssel bleibt auf dem Server. Dieser Browser behält nur ein Sitzungscookie, 12 Stunden lang.',
	submit: 'Anmelden',
	busy: 'Meldet an …',
	wrongKey: 'Dieser Schlüssel ist unbekannt, widerrufen oder abgelaufen. Prüfe, ob Zeichen fehlen.',
	signOut: 'Abmelden',
	signOutEverywhere: 'Überall abmelden',
	expiredTitle: 'Deine Sitzung ist beendet',
	expiredText:
		'Sie ist abgelaufen, oder ihr Schlüssel wurde widerrufen. Melde dich an, um dort weiterzumachen, wo du warst; nichts Eingegebenes geht verloren.'
};

export const shortcuts: Messages['shortcuts'] = {
	title: 'Tastenkürzel',
	everywhere: 'Überall',
	inList: 'In der Liste der Links',
	inStatistics: 'In der Statistik',
	inForm: 'Beim Bearbeiten',
	palette: 'Suchen und ausführen',
	list: 'Diese Tastenkürzel zeigen',
	goTo: (page) => `Zu „${page}“ gehen`,
	next: 'Nächster Link',
	previous: 'Vorheriger Link',
	select: 'Auswählen oder abwählen',
	search: 'Suchen',
	clear: 'Auswahl aufheben',
	save: 'Speichern'
};

export const palette: Messages['palette'] = {
	label: 'Links und Aktionen suchen',
	placeholder: 'Links suchen oder eintippen, was zu tun ist …',
	actions: 'Aktionen',
	pages: 'Seiten',
	links: 'Links',
	nothing: 'Nichts gefunden.',
	appearance: 'Darstellung'
};
