// Who is signed in. The session itself is a cookie that no script can read.

export type Role = 'admin' | 'editor' | 'reader';

export type Action = 'create' | 'read' | 'change' | 'delete' | 'statistics';

export interface SessionFacts {
	role: Role;
	/** Null for the bootstrap key. */
	keyId: string | null;
	/** The actions that the key is bound to; null for all of its role. */
	actions: readonly Action[] | null;
	/** Whether some links or domains do not exist for the key. */
	isBound: boolean;
	/** The key's name. */
	name: string | null;
	expiresAt: string | null;
}

let facts = $state.raw<SessionFacts>();
let isExpired = $state(false);

const isEditor = () => facts !== undefined && facts.role !== 'reader';
const has = (action: Action) => facts?.actions?.includes(action) ?? true;

export const session = {
	get facts() {
		return facts;
	},
	/** The page is open, but the session is over or its key revoked: sign in again over the page. */
	get isExpired() {
		return isExpired;
	},
	get mayCreate() {
		return isEditor() && has('create');
	},
	get mayChange() {
		return isEditor() && has('change');
	},
	get mayDelete() {
		return isEditor() && has('delete');
	},
	get mayReadStatistics() {
		return has('statistics');
	},
	/** A link's statistics, for everyone who has the address. */
	get mayShare() {
		return session.mayChange && session.mayReadStatistics;
	},
	/** A tag's share shows all of its links, so a key that sees only some cannot make one. */
	get mayShareTags() {
		return session.mayShare && !facts?.isBound;
	},
	get mayAdminister() {
		return facts?.role === 'admin';
	},
	start(started: SessionFacts) {
		facts = started;
		isExpired = false;
	},
	/** Only a session that was there can expire. */
	expire() {
		isExpired = facts !== undefined;
	},
	end() {
		facts = undefined;
		isExpired = false;
	}
};
