import { tick } from 'svelte';

/** Leads to the first field that was refused, also where it is folded up. */
export async function focusInvalid(form: HTMLElement): Promise<void> {
	await tick();
	const invalid = form.querySelector<HTMLElement>('[aria-invalid="true"]');
	invalid?.closest('details')?.setAttribute('open', '');
	invalid?.focus();
}
