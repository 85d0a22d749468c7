// A domain's settings as their form holds them, and the merge patch that comes of it.
import { colorOf } from '#lib/ui/color.ts';
import type { DomainPatch, DomainWithFiles } from './domains.ts';

export interface DomainDraft {
	homeUrl: string;
	notFoundUrl: string;
	expiredUrl: string;
	isFollowedByRobots: boolean;
	ignoresCase: boolean;
	name: string;
	/** With `#`, as browsers write colours. */
	color: string;
	qrForeground: string;
	qrBackground: string;
	/** A new one as a data URL, null for none; undefined keeps what is stored. */
	logo: string | null | undefined;
	/** JSON as it is typed. */
	apple: string;
	android: string;
}

const shown = (color: string | null) => (color ? `#${color}` : '');
const typed = (value: unknown) => (value === null ? '' : JSON.stringify(value, null, 2));

export function draftOfDomain(domain: DomainWithFiles): DomainDraft {
	return {
		homeUrl: domain.home_url ?? '',
		notFoundUrl: domain.not_found_url ?? '',
		expiredUrl: domain.expired_url ?? '',
		isFollowedByRobots: domain.robots !== 'disallow',
		ignoresCase: domain.ignore_case === true,
		name: domain.name ?? '',
		color: shown(domain.color),
		qrForeground: shown(domain.qr_foreground),
		qrBackground: shown(domain.qr_background),
		logo: undefined,
		apple: typed(domain.apple_app_site_association),
		android: typed(domain.assetlinks)
	};
}

/** Only what changed, so that nobody's other change is undone. */
export function domainPatch(draft: DomainDraft, domain: DomainWithFiles): DomainPatch {
	const before = fieldsOf(draftOfDomain(domain));
	const changed = Object.entries(fieldsOf(draft)).filter(
		([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof typeof before])
	);
	const patch = Object.fromEntries(changed) as DomainPatch;
	if (draft.logo !== undefined && (draft.logo ?? domain.logo_url) !== null) patch.logo = draft.logo;
	return patch;
}

/** What takes the patch back. Undefined where that needs a logo that is not here: the API does not give pictures back. */
export function undoOf(
	patch: DomainPatch,
	domain: DomainWithFiles,
	logo: string | undefined
): DomainPatch | undefined {
	const before = { ...fieldsOf(draftOfDomain(domain)), logo: domain.logo_url === null ? null : logo };
	const undo = Object.keys(patch).map((name) => [name, before[name as keyof typeof before]]);
	return undo.some(([, value]) => value === undefined)
		? undefined
		: (Object.fromEntries(undo) as DomainPatch);
}

/** The draft over what is stored now; what was typed since `base` stays. */
export function rebased(draft: DomainDraft, base: DomainDraft, stored: DomainDraft): DomainDraft {
	const names = Object.keys(stored) as (keyof DomainDraft)[];
	const kept = names.filter((name) => draft[name] !== base[name]).map((name) => [name, draft[name]]);
	return { ...stored, ...(Object.fromEntries(kept) as Partial<DomainDraft>) };
}

function fieldsOf(draft: DomainDraft) {
	const text = (value: string) => value.trim() || null;
	const color = (value: string) => colorOf(value) ?? text(value);
	return {
		home_url: text(draft.homeUrl),
		not_found_url: text(draft.notFoundUrl),
		expired_url: text(draft.expiredUrl),
		robots: draft.isFollowedByRobots ? ('allow' as const) : ('disallow' as const),
		ignore_case: draft.ignoresCase,
		name: text(draft.name),
		color: color(draft.color),
		qr_foreground: color(draft.qrForeground),
		qr_background: color(draft.qrBackground),
		apple_app_site_association: jsonOf(draft.apple),
		assetlinks: jsonOf(draft.android)
	};
}

/** The text itself where it is no JSON: it is a change, which `fileProblem` refuses. */
function jsonOf(text: string): unknown {
	if (!text.trim()) return null;
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
