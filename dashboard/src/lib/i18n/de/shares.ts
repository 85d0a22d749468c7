import type { Messages } from '../en/index.ts';

export const shares: Messages['shares'] = {
	title: 'Teilen',
	of: (name) => `Statistik von ${name} teilen`,
	text: 'Wer eine Adresse hat, sieht ohne Anmeldung Klicks, Besucher, Länder, Geräte und verweisende Hosts, nie aber Ziele, Notizen oder einzelne Klicks.',
	name: 'Titel',
	nameHint: 'Steht über den Zahlen.',
	ends: 'Endet',
	endsHint: 'Leer: wenn du sie beendest.',
	create: 'Adresse anlegen',
	created: 'Die Statistik ist geteilt',
	list: 'Adressen',
	none: 'Noch nicht geteilt.',
	untitled: (time) => `Angelegt ${time}`,
	endsAt: (time) => `Endet ${time}`,
	endedAt: (time) => `Beendet ${time}`,
	endless: 'Endet nicht von selbst',
	open: (name) => `${name} öffnen`,
	end: 'Beenden',
	endText: 'Die Adresse funktioniert dann nicht mehr.',
	ended: 'Die Freigabe ist beendet',
	shared: {
		title: 'Geteilte Statistik',
		ofTag: (tag) => `Alle Links mit dem Tag ${tag}`,
		clicks: 'Klicks',
		zone: (zone) => `Tage beginnen nach der Zeitzone ${zone}.`,
		counted: (seconds) => (seconds < 5 ? 'Eben gezählt.' : `Vor ${seconds} s gezählt.`),
		until: (time) => `Geteilt bis ${time}.`,
		notFound: 'Diese Statistik ist nicht geteilt',
		notFoundText:
			'Die Freigabe ist beendet, oder die Adresse ist unvollständig. Frage die Person, die sie dir geschickt hat.'
	}
};
