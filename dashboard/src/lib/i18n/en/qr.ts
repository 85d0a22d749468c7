export const qr = {
	alt: (url: string) => `QR code of ${url}`,
	foreground: 'Colour',
	background: 'Background',
	margin: 'Margin',
	marginHint: 'In modules. Scanners need four.',
	level: 'Error correction',
	levels: { L: 'L, 7 %', M: 'M, 15 %', Q: 'Q, 25 %', H: 'H, 30 %' },
	levelOfLogo: 'Always H with a logo.',
	logo: 'The domain’s logo in the middle',
	size: 'Size of the file',
	sizeHint: 'An SVG stays sharp at any size.',
	pixels: (size: number) => `${size} × ${size} pixels`,
	download: (format: string) => `Download ${format}`
};
