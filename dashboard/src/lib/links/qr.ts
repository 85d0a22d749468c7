// QR codes as the API draws them.
import { answer, api } from '#lib/api/index.ts';
import type { operations } from '@shortline/client';

export type QrStyle = Omit<NonNullable<operations['getLinkQr']['parameters']['query']>, 'format' | 'size'>;
export const LEVELS = ['L', 'M', 'Q', 'H'] as const;
export type Level = (typeof LEVELS)[number];
/** Pixels. */
export const SIZES = [256, 512, 1024, 2048, 4096] as const;
export const MOST_MARGIN = 20;

/** An address for an image, which lasts until it is revoked. */
export async function drawQr(id: string, style: QrStyle, signal: AbortSignal): Promise<string> {
	const params = { path: { id }, query: { format: 'svg' as const, ...style } };
	return URL.createObjectURL(
		await answer(api.GET('/api/v1/links/{id}/qr', { params, signal, parseAs: 'blob' }))
	);
}

export function qrFile(id: string, style: QrStyle, format: 'svg' | 'png', size: number): string {
	const named = Object.entries({ format, size, ...style }).map(([name, value]) => [name, String(value)]);
	return `/api/v1/links/${id}/qr?${new URLSearchParams(Object.fromEntries(named) as Record<string, string>)}`;
}
