// The pages of one link.
import { resolve } from '$app/paths';
import { session } from '#lib/state/session.svelte.ts';

export const statisticsOf = (id: string) => `${resolve('/statistics')}?link=${id}`;
export const editorOf = (id: string) => `${resolve('/links/edit')}?id=${id}`;
export const historyOf = (id: string) => `${resolve('/links/history')}?id=${id}`;

/** Where the name of a link leads: a key that may not read statistics would only see a refusal there. */
export const pageOf = (id: string) => (session.mayReadStatistics ? statisticsOf(id) : historyOf(id));
