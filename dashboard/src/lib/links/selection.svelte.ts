// Which of the shown links are selected.
import { SvelteSet } from 'svelte/reactivity';

export class Selection {
	readonly ids = new SvelteSet<string>();
	/** Whether all links of the filter are meant, also those that are not loaded. */
	isWholeFilter = $state(false);
	#anchor: string | undefined;

	/** With a range, everything from the last toggled link to this one follows it. */
	toggle(id: string, shown: readonly string[], isRange = false): void {
		this.isWholeFilter = false;
		const isSelected = !this.ids.has(id);
		for (const each of isRange ? this.#range(id, shown) : [id]) {
			if (isSelected) this.ids.add(each);
			else this.ids.delete(each);
		}
		this.#anchor = id;
	}

	setAll(shown: readonly string[], isSelected: boolean): void {
		this.clear();
		if (isSelected) for (const id of shown) this.ids.add(id);
	}

	/** Links that were selected may not be shown any more, so the sizes say nothing. */
	hasAll(shown: readonly string[]): boolean {
		return shown.length > 0 && shown.every((id) => this.ids.has(id));
	}

	clear(): void {
		this.isWholeFilter = false;
		this.ids.clear();
	}

	#range(id: string, shown: readonly string[]): readonly string[] {
		const ends = [shown.indexOf(this.#anchor ?? id), shown.indexOf(id)];
		if (ends.includes(-1)) return [id];
		return shown.slice(Math.min(...ends), Math.max(...ends) + 1);
	}
}
