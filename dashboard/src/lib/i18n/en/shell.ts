export const common = {
	add: 'Add',
	all: 'All',
	apply: 'Apply',
	cancel: 'Cancel',
	close: 'Close',
	copied: (text: string) => `Copied ${text}`,
	copy: 'Copy',
	copyFailed: 'The browser did not allow copying.',
	delete: 'Delete',
	dismiss: 'Dismiss',
	done: 'Done',
	loading: 'Loading…',
	loadMore: 'Load more',
	more: 'More',
	never: 'Never',
	pickColor: (label: string) => `Pick: ${label}`,
	noColor: 'Six hexadecimal digits, for example #1d4ed8.',
	none: 'None',
	remove: (what: string) => `Remove ${what}`,
	reload: 'Reload',
	retry: 'Try again',
	save: 'Save',
	saved: 'Saved',
	undo: 'Undo',
	unknown: 'Unknown'
};

export const nav = {
	label: 'Main',
	skip: 'Skip to content',
	links: 'Links',
	statistics: 'Statistics',
	trust: 'Trust',
	settings: 'Settings',
	palette: 'Search',
	account: 'Account and appearance',
	api: 'API documentation'
};

export const themes = { system: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' };

export const roles = { admin: 'Administrator', editor: 'Editor', reader: 'Reader' };

export const signIn = {
	title: 'Sign in',
	text: 'With an API key of your installation.',
	key: 'API key',
	hint: 'The key stays on the server. This browser keeps only a session cookie for 12 hours.',
	submit: 'Sign in',
	busy: 'Signing in…',
	wrongKey: 'This key is unknown, revoked or expired. Check it for missing characters.',
	signOut: 'Sign out',
	signOutEverywhere: 'Sign out everywhere',
	expiredTitle: 'Your session has ended',
	expiredText:
		'It expired, or its key was revoked. Sign in again to go on where you were; nothing you typed is lost.'
};

export const shortcuts = {
	title: 'Keyboard shortcuts',
	everywhere: 'Everywhere',
	inList: 'In the list of links',
	inStatistics: 'In statistics',
	inForm: 'While editing',
	palette: 'Search and run',
	list: 'Show these shortcuts',
	goTo: (page: string) => `Go to ${page}`,
	next: 'Next link',
	previous: 'Previous link',
	select: 'Select or deselect',
	search: 'Search',
	clear: 'Clear the selection',
	save: 'Save'
};

export const palette = {
	label: 'Search links and actions',
	placeholder: 'Search links, or type what to do…',
	actions: 'Actions',
	pages: 'Pages',
	links: 'Links',
	nothing: 'Nothing found.',
	appearance: 'Appearance'
};
