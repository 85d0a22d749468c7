import type { Messages } from '../en/index.ts';

const codes: Record<string, string> = {
	alias_taken: 'Dieser Name ist auf der Domain schon vergeben.',
	external_id_taken: 'Ein anderer Link hat diese externe Kennung.',
	precondition_failed:
		'Der Link wurde inzwischen anderswo geändert. Lade die Seite neu, um den neuesten Stand zu sehen.',
	forbidden: 'Die Rolle deines Schlüssels erlaubt das nicht.',
	link_not_found: 'Diesen Link gibt es nicht, oder er wurde gelöscht.',
	domain_not_found: 'Diese Domain gibt es nicht, oder sie wurde entfernt.',
	domain_in_use: 'Die Domain hat noch Links.',
	domain_taken: 'Die Domain ist schon eingetragen.',
	tag_taken: 'Den anderen Tag gibt es schon, und für diesen gibt es Freigaben. Lösche sie zuerst.',
	host_taken: 'Der Host ist schon gesperrt.',
	analytics_unavailable: 'Die Statistik ist gerade nicht verfügbar. Links funktionieren wie immer.',
	database_unavailable:
		'Die API erreicht gerade ihre Datenbank nicht. Veröffentlichte Links leiten weiterhin weiter.',
	wrong_host: 'Das Dashboard dieser Installation liegt auf einem anderen Host.',
	overloaded: 'Die API ist ausgelastet. Versuche es gleich noch einmal.',
	webhooks_unavailable: 'Webhooks sind in dieser Installation nicht eingeschaltet.',
	too_many_webhooks: 'Es kann 20 Webhooks geben. Lösche zuerst einen.',
	too_many_shares: 'Es kann 100 Adressen geben. Beende zuerst eine.',
	share_not_found: 'Diese Freigabe ist beendet.',
	too_many_links: 'Der Filter trifft zu viele Links für eine Statistik.'
};

export const problems: Messages['problems'] = {
	codes,
	offline: 'Der Server ist nicht erreichbar. Prüfe deine Verbindung.',
	connectionLost:
		'Die API antwortet nicht. Du siehst den letzten bekannten Stand; veröffentlichte Links leiten weiterhin weiter.',
	tooMany: (seconds) => `Zu viele Anfragen mit diesem Schlüssel. Versuche es in ${seconds} s noch einmal.`,
	unknown: (status) => `Die API hat mit Status ${status} geantwortet.`,
	noPage: 'Diese Seite gibt es nicht',
	noPageText: 'Vielleicht ist die Adresse vertippt, oder die Seite ist umgezogen.'
};
