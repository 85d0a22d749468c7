// Whether the edge has confirmed the last changes.
import { answerAsJson, api, type Link } from '#lib/api/index.ts';

const SHOWN = 8;
/** Then even an edge that missed the change has read the link again. */
const USUAL_SECONDS = 60;

export type Propagation = 'published' | 'pending' | 'late';

export function propagationOf(
	link: Pick<Link, 'revision' | 'published_revision' | 'updated_at'>,
	now: number
): Propagation {
	// Another change may have been confirmed since the link was read.
	if (link.published_revision !== null && link.published_revision >= link.revision) return 'published';
	return now - Date.parse(link.updated_at) > USUAL_SECONDS * 1_000 ? 'late' : 'pending';
}

export async function readLastChanges(signal: AbortSignal): Promise<Link[]> {
	const query = { sort: 'updated', archived: 'all', limit: SHOWN } as const;
	return (await answerAsJson(api.GET('/api/v1/links', { params: { query }, signal }))).data;
}
