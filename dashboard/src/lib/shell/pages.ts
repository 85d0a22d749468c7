// The pages of the navigation.
import { resolve } from '$app/paths';
import { t } from '#lib/i18n/index.ts';
import { session } from '#lib/state/session.svelte.ts';
import type { IconName } from '#lib/ui/icons.ts';

export interface NavigationPage {
	href: string;
	/** Below it lies what belongs to the page. */
	prefix: string;
	label: string;
	icon: IconName;
	key: string;
}

export const navigationPages = (): NavigationPage[] => [
	page(resolve('/links'), t.nav.links, 'link', 'l'),
	// A key that is bound to other actions would only see refusals there.
	...(session.mayReadStatistics
		? [
				page(resolve('/statistics'), t.nav.statistics, 'bars', 's'),
				page(resolve('/trust'), t.nav.trust, 'shield', 't')
			]
		: []),
	{ ...page(resolve('/settings/domains'), t.nav.settings, 'settings', 'e'), prefix: '/dashboard/settings/' }
];

export interface SettingsPage {
	href: string;
	label: string;
	icon: IconName;
	isAllowed: boolean;
}

export function settingsPages(): SettingsPage[] {
	const { sections } = t.settings;
	const forAll = (href: string, label: string, icon: IconName) => ({ href, label, icon, isAllowed: true });
	const forAdministrators = (href: string, label: string, icon: IconName) => ({
		...forAll(href, label, icon),
		isAllowed: session.mayAdminister
	});
	return [
		forAll(resolve('/settings/domains'), sections.domains, 'globe'),
		forAdministrators(resolve('/settings/keys'), sections.keys, 'key'),
		forAdministrators(resolve('/settings/blocked-hosts'), sections.blockedHosts, 'shield'),
		forAdministrators(resolve('/settings/webhooks'), sections.webhooks, 'external'),
		forAdministrators(resolve('/settings/audit'), sections.audit, 'clock'),
		forAll(resolve('/settings/tags'), sections.tags, 'tag'),
		forAll(resolve('/settings/campaign-presets'), sections.campaignPresets, 'filter'),
		forAll(resolve('/settings/session'), sections.session, 'user')
	];
}

function page(href: string, label: string, icon: IconName, key: string): NavigationPage {
	return { href, prefix: href, label, icon, key };
}
