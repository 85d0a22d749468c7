export const filters = {
	more: 'More filters',
	tags: { tag: 'All of the tags', any_tag: 'One of the tags', no_tag: 'None of the tags' },
	untagged: 'Without tags',
	days: {
		created_from: 'Created from',
		created_to: 'Created until',
		updated_from: 'Changed from',
		updated_to: 'Changed until'
	},
	createdBy: 'Created by',
	anyKey: 'Any key'
};
