import type { Messages } from '../en/index.ts';

export const domains: Messages['settings']['domains'] = {
	text: 'Hostnamen, die Links tragen.',
	host: 'Hostname',
	hint: 'Zum Beispiel go.example.com. Richte zuerst den DNS-Eintrag auf den Worker.',
	default: 'Standard',
	add: 'Domain hinzufügen',
	added: (host) => `${host} hinzugefügt`,
	applying:
		'Links auf diesen Host werden gesperrt, da sie hierher zurückführten. Der Rest folgt im Hintergrund.',
	removed: (host) => `${host} entfernt`,
	removeTitle: (host) => `${host} entfernen?`,
	removeText: 'Nur eine Domain ohne Links lässt sich entfernen.',
	look: 'Was Besucher sehen',
	lookText:
		'Auf den Seiten, die Links selbst zeigen: für ein Passwort, nach dem Ende, bei einem Tippfehler. Eine einfache Weiterleitung zeigt keine Seite.',
	name: 'Name',
	nameHint: 'Steht oben auf diesen Seiten, damit Besucher wissen, wessen Link sie folgen. Leer: kein Name.',
	color: 'Farbe',
	colorHint: 'Der Linie über dem Namen und der Leiste des Browsers auf Handys. Leer: keine Linie.',
	qrForeground: 'Farbe von QR-Codes',
	qrBackground: 'Hinter QR-Codes',
	qrHint: (host) =>
		`Für ${host}/…+qr.svg, und wo beim Herunterladen nichts anderes gewählt ist. Leer: Schwarz auf Weiß.`,
	weakColor: (where) =>
		where === 'both'
			? 'Diese Farbe ist auf den Seiten schwer zu sehen.'
			: `Diese Farbe ist auf ${where === 'light' ? 'hellen' : 'dunklen'} Geräten schwer zu sehen: Ihr Kontrast zur Seite liegt unter 3 zu 1.`,
	logo: 'Logo',
	logoHint:
		'Ein beliebiges Bild: Daraus wird ein PNG von höchstens 512 × 512 Pixeln und 64 KB. Die Seiten zeigen es bis zu 64 Pixel hoch, auf hellem und auf dunklem Grund.',
	logoAlt: 'Das Logo',
	openLogo: 'Logo öffnen',
	logoProblems: {
		noPicture: 'Diese Datei ist kein Bild, das der Browser lesen kann.',
		tooLarge: 'Dieses Bild ist zu groß. Wähle eines mit höchstens 10 MB oder mit weniger Einzelheiten.'
	},
	clear: (what) => `${what} entfernen`,
	leads: 'Wohin Besucher kommen',
	leadsText: 'Wenn kein Link sie weiterführt: nur die Domain, ein Tippfehler, ein Link, der vorbei ist.',
	home: 'Nur die Domain',
	homeHint: (host) =>
		`Wer nur ${host} aufruft, kommt hierhin. Leer: die Adresse der Installation dafür (FALLBACK_URL), sonst eine Seite, nach der diese Domain Kurzlinks hat.`,
	notFound: 'Unbekannte Namen',
	notFoundHint:
		'Besucher mit einem Tippfehler kommen hierhin. {path} steht für das, was sie aufgerufen haben. Leer: die Adresse der Installation dafür (FALLBACK_URL), sonst die Seite „Link nicht gefunden“.',
	leadsTo: (from, to) => `${from} führt zu ${to}`,
	expired: 'Abgelaufene Links',
	expiredHint:
		'Besucher eines Links, der abgelaufen ist oder dessen Klicks verbraucht sind, kommen hierhin, wenn der Link nichts anderes sagt. Leer: die Seite „Nicht mehr verfügbar“.',
	robots: 'Suchmaschinen dürfen den Links folgen',
	robotsHint: 'Aus: robots.txt bittet sie, der ganzen Domain fernzubleiben. Besucher merken davon nichts.',
	ignoreCase: 'Groß- und Kleinschreibung in Namen nicht beachten',
	ignoreCaseHint:
		'go/Sale und go/SALE führen dann zum selben Link. Erzeugte Codes bleiben, wie sie sind, und ein Name, der sich nur so unterscheidet, ist vergeben.',
	apps: 'Apps, die Links öffnen',
	appsText:
		'Auf Handys mit deiner App öffnet ein Link die App statt des Browsers. Die beiden Dateien haben die Entwickler deiner App.',
	apple: 'iPhone und iPad',
	android: 'Android',
	fileHint: (url) => `JSON, abrufbar unter ${url}. Leer: nicht abrufbar.`,
	noJson: 'Das ist kein JSON.',
	noJsonInLine: (line) => `Zeile ${line} ist kein JSON.`,
	wrongForm: {
		apple: 'Es muss ein Objekt sein: { … }.',
		android: 'Es muss eine Liste von Objekten sein: [{ … }].'
	},
	fileTooLarge: (size, most) => `Das sind ${size}; höchstens ${most} werden ausgeliefert.`,
	discard: 'Verwerfen',
	discarded: 'Änderungen verworfen',
	undone: 'Die Änderung ist zurückgenommen',
	previewOf: 'Vorschau',
	schemes: { light: 'Auf einem hellen Gerät', dark: 'Auf einem dunklen Gerät' },
	pageNames: {
		password: 'Link mit Passwort',
		notFound: 'Unbekannter Link',
		expired: 'Abgelaufener Link',
		preview: 'Link mit + am Ende'
	},
	pages: {
		password: {
			title: 'Dieser Link ist geschützt',
			text: 'Fragen Sie die Person, die Ihnen den Link geschickt hat, nach dem Passwort.'
		},
		notFound: {
			title: 'Link nicht gefunden',
			text: 'Diesen Link gibt es nicht. Prüfen Sie die Adresse auf Tippfehler.'
		},
		expired: { title: 'Nicht mehr verfügbar', text: 'Dieser Link ist abgelaufen.' },
		preview: {
			title: 'Dieser Link führt zu',
			text: 'Sie sehen diese Seite, weil die Adresse mit einem Pluszeichen endete.'
		}
	},
	goOn: 'Weiter',
	goThere: 'Dorthin'
};
