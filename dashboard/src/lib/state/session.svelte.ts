// Who is signed in. The session itself is a cookie that no script can read.

export type Role = 'admin' | 'editor' | 'reader';

export interface SessionFacts {
	role: Role;
	/** The key's name. */
	name: string | null;
	expiresAt: string | null;
}

let facts = $state.raw<SessionFacts>();
let isExpired = $state(false);

export const session = {
	get facts() {
		return facts;
	},
	/** The page is open, but the session is over or its key revoked: sign in again over the page. */
	get isExpired() {
		return isExpired;
	},
	get mayEdit() {
		return facts !== undefined && facts.role !== 'reader';
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
