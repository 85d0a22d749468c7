import { t } from '#lib/i18n/index.ts';
import { toast } from '#lib/state/toasts.svelte.ts';

export async function copyText(text: string): Promise<void> {
	try {
		await navigator.clipboard.writeText(text);
		toast(t.common.copied(text));
	} catch {
		toast(t.common.copyFailed, 'failed');
	}
}
