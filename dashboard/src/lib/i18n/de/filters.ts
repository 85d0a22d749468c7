import type { Messages } from '../en/index.ts';

export const filters: Messages['filters'] = {
	more: 'Mehr Filter',
	tags: { tag: 'Alle Tags', any_tag: 'Einer der Tags', no_tag: 'Keiner der Tags' },
	untagged: 'Ohne Tags',
	days: {
		created_from: 'Angelegt ab',
		created_to: 'Angelegt bis',
		updated_from: 'Geändert ab',
		updated_to: 'Geändert bis'
	},
	createdBy: 'Angelegt von',
	anyKey: 'Jeder Schlüssel'
};
