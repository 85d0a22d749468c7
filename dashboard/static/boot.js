// What comes before the application, and must work without it.

// Before the first paint, so that a chosen theme never flashes.
try {
	const theme = localStorage.getItem('shortline-theme');
	if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
	// Storage is off: the system's theme it is.
}

// What the first page reads, asked while the application is on its way, which takes the answers. Shared statistics need none.
const LINKS = '/api/v1/links?sort=created&order=desc&limit=50&count=true';
const answers = (window.shortlineAnswers = new Map());
function ask(path, signal) {
	const answer = fetch(path, { headers: { 'Shortline-Dashboard': '1' }, signal });
	// The application says so, if there is no answer.
	answer.catch(() => undefined);
	answers.set(location.origin + path, answer);
	return answer;
}
if (!location.pathname.startsWith('/dashboard/shared/')) {
	const session = ask('/api/v1/sessions/current');
	if (/^\/dashboard\/(links\/)?$/.test(location.pathname) && !location.search) {
		const early = new AbortController();
		ask(LINKS, early.signal);
		// Signed out: the refusal must not be what is shown after signing in.
		const forget = () => {
			answers.delete(location.origin + LINKS);
			early.abort();
		};
		session.then(({ ok }) => ok || forget(), forget);
	}
}

// The texts are in a file for each language, of which the page itself knows nothing. The build fills in their addresses.
const MESSAGES = {};
let language;
try {
	language = localStorage.getItem('shortline-language');
} catch {
	// Storage is off: the browser's language it is.
}
const languages = [language, ...navigator.languages.map((tag) => tag.split('-')[0]), 'en'];
for (const href of MESSAGES[languages.find((tag) => tag in MESSAGES)] ?? []) {
	const link = document.createElement('link');
	link.rel = 'modulepreload';
	link.href = href;
	document.head.append(link);
}

// A chunk may be gone after a deployment, or at another version while a canary runs: load the page of a version that serves.
const RELOADS = 'shortline-reloads';
const MINUTE_MILLIS = 60_000;
const MOST_IN_A_MINUTE = 3;
const CHUNKS = '/dashboard/_app/immutable/';
// As Chromium, Firefox and Safari put it.
const IMPORT_FAILED = /dynamically imported module|Importing a module script failed/;
let isReloading = false;

async function reload() {
	if (isReloading) return;
	isReloading = true;
	try {
		const now = Date.now();
		const recent = JSON.parse(sessionStorage.getItem(RELOADS) ?? '[]').filter(
			(at) => now - at < MINUTE_MILLIS
		);
		// Without an answer the page stays: what it shows is worth more than a browser's error page.
		const answer = await fetch('/dashboard/_app/version.json', { cache: 'no-store' });
		if (recent.length < MOST_IN_A_MINUTE && answer.ok) {
			sessionStorage.setItem(RELOADS, JSON.stringify([...recent, now]));
			// The page that was on its way, if one was: until it is loaded, the address is that of the page before.
			const { target } = document.documentElement.dataset;
			if (target && target !== location.href) location.assign(target);
			else location.reload();
			return;
		}
	} catch {
		// Storage or the network is off.
	}
	isReloading = false;
	if (!document.querySelector('main')) document.getElementById('failed').hidden = false;
}

addEventListener('vite:preloadError', reload);
addEventListener('unhandledrejection', (event) => {
	if (!IMPORT_FAILED.test(event.reason?.message)) return;
	event.preventDefault();
	reload();
});
// Of scripts and style sheets in the page itself; such an event does not bubble.
addEventListener(
	'error',
	({ target }) => {
		const url = target?.src ?? target?.href;
		if (typeof url === 'string' && new URL(url, location.href).pathname.startsWith(CHUNKS)) reload();
	},
	true
);
