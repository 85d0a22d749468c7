// What an entry of the audit says, in words.
import type { Link, Rule } from '#lib/api/index.ts';
import { formatNumber, formatTime } from '#lib/format/index.ts';
import { t } from '#lib/i18n/index.ts';
import type { AuditEntry } from './requests.ts';
import { ruleInWords } from './rule-words.ts';

export type Shown =
	| { form: 'none' }
	| { form: 'text'; text: string }
	/** Short values beside each other. */
	| { form: 'list'; items: string[] }
	/** Long ones, in their order. */
	| { form: 'steps'; items: string[] }
	/** What has no words: a file of a domain. */
	| { form: 'document'; text: string };

const TIMES = /_(at|until|from|to)$/;

/** Values that other pages have words for. */
const WORDS: Record<string, () => Record<string, string>> = {
	state: () => t.states,
	role: () => t.roles,
	on_conflict: () => t.import.policies,
	actions: () => t.settings.keys.actionNames,
	events: () => t.settings.webhooks.eventNames
};

/** A newer API may know more kinds, actions and fields than this page. */
const readable = (name: string) => name.replaceAll('_', ' ');

export function whatHappened({ kind, action }: Pick<AuditEntry, 'kind' | 'action'>): string {
	return t.audit.happened[kind]?.[action] ?? `${readable(kind)}: ${readable(action)}`;
}

export function fieldName(field: string): string {
	return t.audit.fields[field] ?? readable(field);
}

export function shownValue(field: string, value: unknown): Shown {
	if (value === null || value === undefined || value === '') return { form: 'none' };
	if (typeof value === 'boolean') return { form: 'text', text: value ? t.audit.yes : t.audit.no };
	if (typeof value === 'number')
		return { form: 'text', text: field === 'status' ? String(value) : formatNumber(value) };
	if (typeof value === 'string') return { form: 'text', text: wordOf(field, value) };
	if (Array.isArray(value)) {
		if (value.length === 0) return { form: 'none' };
		if (field === 'aliases') return { form: 'list', items: (value as Alias[]).map(aliasInWords) };
		if (field === 'rules') return { form: 'steps', items: (value as Rule[]).map(ruleInWords) };
		if (value.every((item) => typeof item === 'string'))
			return { form: 'list', items: value.map((item) => wordOf(field, item)) };
	}
	if (field === 'preview') return { form: 'text', text: previewInWords(value) };
	return { form: 'document', text: JSON.stringify(value, null, 2) };
}

type Alias = Link['aliases'][number];
const aliasInWords = ({ domain, code }: Alias) => `${domain}/${code}`;

/** A line for each part that is set. */
function previewInWords(preview: object): string {
	const names: Record<string, string> = {
		title: t.form.previewTitle,
		description: t.form.previewDescription,
		image: t.form.previewImage
	};
	const parts = Object.entries(preview).filter(([, text]) => text !== null);
	return parts.map(([part, text]) => `${names[part] ?? readable(part)}: ${String(text)}`).join('\n');
}

/** Fields and values that a client sent: the filter or the change of many links. */
export function shownFields(sent: object | null): { field: string; value: Shown }[] {
	return Object.entries(sent ?? {}).map(([field, value]) => ({ field, value: shownValue(field, value) }));
}

function wordOf(field: string, value: string): string {
	if (TIMES.test(field) && !Number.isNaN(Date.parse(value))) return formatTime(value);
	const words: Record<string, string> | undefined = WORDS[field]?.() ?? t.audit.values[field];
	return words && Object.hasOwn(words, value) ? (words[value] ?? value) : value;
}
