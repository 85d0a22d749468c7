const codes: Record<string, string> = {
	alias_taken: 'This name is already in use on the domain.',
	external_id_taken: 'Another link has this external id.',
	precondition_failed:
		'The link was changed elsewhere since you opened it. Reload to see the newest version.',
	forbidden: 'Your key’s role does not allow this.',
	link_not_found: 'This link does not exist or was deleted.',
	domain_not_found: 'This domain does not exist or was removed.',
	domain_in_use: 'The domain still has links.',
	domain_taken: 'The domain was added before.',
	tag_taken: 'The other tag exists already, and this one has shares. Delete them first.',
	host_taken: 'The host is blocked already.',
	analytics_unavailable: 'Statistics are unavailable at the moment. Links work as usual.',
	database_unavailable: 'The API cannot reach its database at the moment. Published links still redirect.',
	wrong_host: 'The dashboard of this installation is on another host.',
	overloaded: 'The API is busy. Try again in a moment.',
	webhooks_unavailable: 'Webhooks are not turned on in this installation.',
	too_many_webhooks: 'There may be 20 webhooks. Delete one first.',
	too_many_shares: 'There may be 100 addresses. End one first.',
	share_not_found: 'This share has ended.',
	too_many_links: 'The filter matches too many links for statistics.'
};

export const problems = {
	codes,
	offline: 'The server cannot be reached. Check your connection.',
	connectionLost:
		'The API does not answer. What you see is the last known state; published links still redirect.',
	tooMany: (seconds: number) => `Too many requests with this key. Try again in ${seconds} s.`,
	unknown: (status: number) => `The API answered with status ${status}.`,
	noPage: 'There is no such page',
	noPageText: 'The address may have a typo, or the page has moved.'
};
