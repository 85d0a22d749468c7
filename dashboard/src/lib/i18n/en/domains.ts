export const domains = {
	text: 'Host names that carry links.',
	host: 'Host name',
	hint: 'For example go.example.com. Point its DNS to the Worker first.',
	default: 'Default',
	add: 'Add domain',
	added: (host: string) => `${host} added`,
	applying:
		'Links to this host become blocked, since they would lead back here. The rest follow in the background.',
	removed: (host: string) => `${host} removed`,
	removeTitle: (host: string) => `Remove ${host}?`,
	removeText: 'Only a domain without links can be removed.',
	look: 'What visitors see',
	lookText:
		'On the pages that links show themselves: for a password, after the end, for a misprint. A plain redirect shows no page.',
	name: 'Name',
	nameHint:
		'Stands at the top of these pages, so that visitors know whose link they followed. Empty: no name.',
	color: 'Colour',
	colorHint: 'Of the line above the name, and of the browser’s own bar on phones. Empty: no line.',
	qrForeground: 'Colour of QR codes',
	qrBackground: 'Behind QR codes',
	qrHint: (host: string) =>
		`For ${host}/…+qr.svg, and where a download names no other. Empty: black on white.`,
	weakColor: (where: 'light' | 'dark' | 'both') =>
		where === 'both'
			? 'This colour is hard to see on these pages.'
			: `This colour is hard to see on ${where} devices: its contrast to the page is below 3 to 1.`,
	logo: 'Logo',
	logoHint:
		'Any picture: it is made a PNG of at most 512 × 512 pixels and 64 KB. Pages show it up to 64 pixels high, on light and on dark.',
	logoAlt: 'The logo',
	openLogo: 'Open the logo',
	logoProblems: {
		noPicture: 'This file is no picture that the browser can read.',
		tooLarge: 'This picture is too large. Choose one of at most 10 MB, or one with fewer details.'
	},
	clear: (what: string) => `Remove ${what.toLowerCase()}`,
	leads: 'Where visitors go',
	leadsText: 'When no link leads them on: the domain alone, a misprint, a link that is over.',
	home: 'Just the domain',
	homeHint: (host: string) =>
		`Visitors of ${host} itself go here. Empty: the installation’s own address for this (FALLBACK_URL), or else a page that says this domain has short links.`,
	notFound: 'Unknown names',
	notFoundHint:
		'Visitors with a misprint go here. {path} stands for what they asked for. Empty: the installation’s own address for this (FALLBACK_URL), or else the page “Link not found”.',
	leadsTo: (from: string, to: string) => `${from} leads to ${to}`,
	expired: 'Expired links',
	expiredHint:
		'Visitors of a link that has expired or used up its clicks go here, unless the link says where. Empty: the page “No longer available”.',
	robots: 'Search engines may follow the links',
	robotsHint: 'Off: robots.txt asks them to stay away from the whole domain. Visitors notice nothing.',
	ignoreCase: 'Ignore upper and lower case in names',
	ignoreCaseHint:
		'go/Sale and go/SALE then lead to the same link. Generated codes stay as they are, and a name that differs by case only is taken.',
	apps: 'Apps that open links',
	appsText:
		'On phones with your app, a link opens the app instead of the browser. The makers of your app have these two files.',
	apple: 'iPhone and iPad',
	android: 'Android',
	fileHint: (url: string) => `JSON, served as ${url}. Empty: not served.`,
	noJson: 'This is not JSON.',
	noJsonInLine: (line: string) => `Line ${line} is not JSON.`,
	wrongForm: {
		apple: 'It must be an object: { … }.',
		android: 'It must be a list of objects: [{ … }].'
	},
	fileTooLarge: (size: string, most: string) => `It has ${size}; at most ${most} are served.`,
	discard: 'Discard',
	discarded: 'Changes discarded',
	undone: 'The change is taken back',
	previewOf: 'Preview',
	schemes: { light: 'On a light device', dark: 'On a dark device' },
	pageNames: {
		password: 'Link with a password',
		notFound: 'Unknown link',
		expired: 'Expired link',
		preview: 'Link with + at its end'
	},
	pages: {
		password: {
			title: 'This link is protected',
			text: 'Ask the person who sent you this link for its password.'
		},
		notFound: {
			title: 'Link not found',
			text: 'There is no such link. Check the address for typos.'
		},
		expired: { title: 'No longer available', text: 'This link has expired.' },
		preview: {
			title: 'This link leads to',
			text: 'You see this page because the address ended in a plus sign.'
		}
	},
	goOn: 'Continue',
	goThere: 'Go there'
};
