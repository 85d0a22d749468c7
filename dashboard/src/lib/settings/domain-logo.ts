// A person's picture as the PNG that the API takes for a logo: at most 512 by 512 pixels and 64 KB.

/** Of a logo, and of its PNG, in which the API writes it anew. */
export const MOST_LOGO_PIXELS = 512;
export const MOST_LOGO_BYTES = 65_536;
/** The API's PNG may be larger than ours. */
const MOST_SENT_BYTES = 49_152;
/** A PNG below is sent as it is: some browsers blur what they draw. */
const MOST_KEPT_BYTES = 32_768;
/** Of what is scaled down. */
export const MOST_PICTURE_BYTES = 10 * 1024 * 1024;
/** The longer side is made smaller until the file is small enough. */
const LONGER_SIDES = [MOST_LOGO_PIXELS, 384, 256, 192, 128] as const;

export type LogoProblem = 'noPicture' | 'tooLarge';

export class InvalidLogo extends Error {
	constructor(readonly problem: LogoProblem) {
		super(problem);
	}
}

export interface PreparedLogo {
	/** A data URL. */
	url: string;
	width: number;
	height: number;
	bytes: number;
}

/** Also of what is no PNG, or larger. */
export async function preparedLogo(file: File): Promise<PreparedLogo> {
	if (file.size > MOST_PICTURE_BYTES) throw new InvalidLogo('tooLarge');
	const url = await dataUrl(file);
	const picture = await pictureOf(url);
	const { naturalWidth: width, naturalHeight: height } = picture;
	const isFitting = Math.max(width, height) <= MOST_LOGO_PIXELS && file.size <= MOST_KEPT_BYTES;
	if (file.type === 'image/png' && isFitting) {
		return { url, width, height, bytes: file.size };
	}
	for (const side of LONGER_SIDES) {
		const size = fitted(width, height, side);
		const png = await drawn(picture, size);
		if (png && png.size <= MOST_SENT_BYTES) return { url: await dataUrl(png), ...size, bytes: png.size };
	}
	throw new InvalidLogo('tooLarge');
}

/** Never larger than it is; a drawing without a size fills the square. */
export function fitted(width: number, height: number, side: number): { width: number; height: number } {
	if (!width || !height) return { width: side, height: side };
	const scale = Math.min(1, side / Math.max(width, height));
	return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

async function pictureOf(url: string): Promise<HTMLImageElement> {
	const picture = new Image();
	picture.src = url;
	try {
		await picture.decode();
		return picture;
	} catch {
		throw new InvalidLogo('noPicture');
	}
}

async function drawn(
	picture: HTMLImageElement,
	{ width, height }: { width: number; height: number }
): Promise<Blob | null> {
	const canvas = document.createElement('canvas');
	canvas.width = width;
	canvas.height = height;
	const context = canvas.getContext('2d');
	if (!context) return null;
	context.imageSmoothingQuality = 'high';
	context.drawImage(picture, 0, 0, width, height);
	return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}

export function dataUrl(blob: Blob): Promise<string> {
	return new Promise((resolve, reject) => {
		const reader = new FileReader();
		reader.onload = () => resolve(String(reader.result));
		reader.onerror = () => reject(reader.error ?? new Error('the file cannot be read'));
		reader.readAsDataURL(blob);
	});
}
