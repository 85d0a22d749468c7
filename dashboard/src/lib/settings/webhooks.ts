// Webhooks, as their page shows and changes them.
import { answer, api } from '#lib/api/index.ts';
import type { Schemas } from '@shortline/client';

export type Webhook = Schemas['Webhook'];
export type WebhookEvent = Schemas['NewWebhook']['events'][number];
export type Delivery = Schemas['Delivery'];

export const EVENTS: readonly WebhookEvent[] = [
	'link.created',
	'link.updated',
	'link.deleted',
	'link.expired',
	'link.exhausted',
	'link.blocked',
	'domain.created',
	'domain.updated',
	'domain.deleted',
	'clicks.batch',
	'import.finished'
];

export function changeWebhook(id: string, body: Schemas['WebhookPatch']): Promise<Webhook> {
	return answer(
		api.PATCH('/api/v1/webhooks/{id}', {
			params: { path: { id } },
			body,
			headers: { 'Content-Type': 'application/merge-patch+json' }
		})
	);
}
