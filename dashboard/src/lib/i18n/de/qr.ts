import type { Messages } from '../en/index.ts';

export const qr: Messages['qr'] = {
	alt: (url) => `QR-Code von ${url}`,
	foreground: 'Farbe',
	background: 'Hintergrund',
	margin: 'Rand',
	marginHint: 'In Modulen. Scanner brauchen vier.',
	level: 'Fehlerkorrektur',
	levels: { L: 'L, 7 %', M: 'M, 15 %', Q: 'Q, 25 %', H: 'H, 30 %' },
	levelOfLogo: 'Mit Logo immer H.',
	logo: 'Das Logo der Domain in der Mitte',
	size: 'Größe der Datei',
	sizeHint: 'Ein SVG bleibt in jeder Größe scharf.',
	pixels: (size) => `${size} × ${size} Pixel`,
	download: (format) => `${format} herunterladen`
};
