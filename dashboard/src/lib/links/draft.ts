// A link as its form holds it, and the requests that come of it. Times are local, as `datetime-local` has them.
import type { Link, LinkPatch, NewLink } from '#lib/api/index.ts';
import { localTime, utcTime } from './local-time.ts';
import { ruleDraftOf, ruleOf, type RuleDraft } from './rule-draft.ts';
import { withScheme } from './typed-url.ts';

export const STATUSES = [302, 301, 307, 308] as const;
export type Status = (typeof STATUSES)[number];

/** A further name. Without a code it is not sent. */
export interface AliasDraft {
	domain: string;
	code: string;
}

export interface LinkDraft {
	url: string;
	domain: string;
	alias: string;
	aliases: AliasDraft[];
	title: string;
	tags: string[];
	notes: string;
	externalId: string;
	startsAt: string;
	expiresAt: string;
	expiredUrl: string;
	maxClicks: string;
	status: Status;
	forwardQuery: boolean;
	forwardPath: boolean;
	previewTitle: string;
	previewDescription: string;
	previewImage: string;
	password: string;
	removesPassword: boolean;
	isEnabled: boolean;
	rules: RuleDraft[];
}

export function emptyDraft(): LinkDraft {
	return {
		url: '',
		domain: '',
		alias: '',
		aliases: [],
		title: '',
		tags: [],
		notes: '',
		externalId: '',
		startsAt: '',
		expiresAt: '',
		expiredUrl: '',
		maxClicks: '',
		status: 302,
		forwardQuery: false,
		forwardPath: false,
		previewTitle: '',
		previewDescription: '',
		previewImage: '',
		password: '',
		removesPassword: false,
		isEnabled: true,
		rules: []
	};
}

export function draftOf(link: Link): LinkDraft {
	return {
		url: link.url,
		domain: link.domain,
		alias: link.code,
		aliases: link.aliases.map(({ domain, code }) => ({ domain, code })),
		title: link.title ?? '',
		tags: [...link.tags],
		notes: link.notes ?? '',
		externalId: link.external_id ?? '',
		startsAt: localTime(link.starts_at),
		expiresAt: localTime(link.expires_at),
		expiredUrl: link.expired_url ?? '',
		maxClicks: link.max_clicks === null ? '' : String(link.max_clicks),
		status: link.status,
		forwardQuery: link.forward_query,
		forwardPath: link.forward_path,
		previewTitle: link.preview?.title ?? '',
		previewDescription: link.preview?.description ?? '',
		previewImage: link.preview?.image ?? '',
		password: '',
		removesPassword: false,
		isEnabled: link.state !== 'disabled',
		rules: link.rules.map(ruleDraftOf)
	};
}

/** What makes a link of its own out of a copy: neither a name nor the external id may be taken twice. */
export function duplicateOf(link: Link): LinkDraft {
	return { ...draftOf(link), alias: '', aliases: [], externalId: '' };
}

export function newLinkOf(draft: LinkDraft): NewLink {
	const { alias, aliases, ...fields } = fieldsOf(draft);
	const given = Object.fromEntries(
		Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
	) as Omit<NewLink, 'url'>;
	return {
		...given,
		url: withScheme(draft.url),
		...(alias ? { alias } : {}),
		...(aliases.length > 0 ? { aliases } : {}),
		...(draft.domain ? { domain: draft.domain } : {}),
		...(draft.password ? { password: draft.password } : {})
	};
}

/** Only what changed, so that nobody's other change is undone. */
export function patchOf(draft: LinkDraft, link: Link): LinkPatch {
	const before = fieldsOf(draftOf(link));
	const changed = Object.entries(fieldsOf(draft)).filter(
		([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof typeof before])
	);
	const patch = Object.fromEntries(changed) as LinkPatch;
	if (draft.domain !== link.domain) patch.domain = draft.domain;
	if (draft.removesPassword) patch.password = null;
	else if (draft.password) patch.password = draft.password;
	return patch;
}

function fieldsOf(draft: LinkDraft) {
	const text = (value: string) => value.trim() || null;
	return {
		url: withScheme(draft.url),
		alias: draft.alias.trim() || undefined,
		aliases: aliasesOf(draft),
		title: text(draft.title),
		tags: draft.tags,
		notes: text(draft.notes),
		external_id: text(draft.externalId),
		starts_at: utcTime(draft.startsAt),
		expires_at: utcTime(draft.expiresAt),
		expired_url: withScheme(draft.expiredUrl) || null,
		max_clicks: /^\d+$/.test(draft.maxClicks.trim()) ? Number(draft.maxClicks) : null,
		status: draft.status,
		forward_query: draft.forwardQuery,
		forward_path: draft.forwardPath,
		preview: previewOf(draft),
		state: draft.isEnabled ? ('active' as const) : ('disabled' as const),
		rules: draft.rules.map(ruleOf)
	};
}

/** How a further name is told from others. */
export const aliasKey = ({ domain, code }: AliasDraft) => `${domain}/${code.trim()}`;

/** The API names further names by their position among those that were sent. */
export function errorsByAlias(
	fields: ReadonlyMap<string, string>,
	{ aliases }: LinkDraft
): ReadonlyMap<string, string> {
	const sent = aliases.filter(({ code }) => code.trim());
	return new Map(
		[...fields].flatMap(([name, detail]) => {
			const [, position] = /^aliases\[(\d+)\]/.exec(name) ?? [];
			const alias = position === undefined ? undefined : sent[Number(position)];
			return alias ? [[aliasKey(alias), detail] as const] : [];
		})
	);
}

function aliasesOf({ aliases }: LinkDraft): { domain?: string; code: string }[] {
	return aliases
		.map(({ domain, code }) => ({ ...(domain ? { domain } : {}), code: code.trim() }))
		.filter(({ code }) => code);
}

function previewOf(draft: LinkDraft): Link['preview'] {
	const [title, description, image] = [draft.previewTitle, draft.previewDescription, draft.previewImage].map(
		(text) => text.trim() || null
	);
	if (!title && !description && !image) return null;
	return { title: title ?? null, description: description ?? null, image: image ?? null };
}
