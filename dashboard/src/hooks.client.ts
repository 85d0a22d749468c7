// After a deployment an open tab may ask for files that are gone: load the new version, once.
const RELOADED = 'shortline-reloaded-at';
const RETRY_MILLIS = 60_000;

addEventListener('vite:preloadError', (event) => {
	if (Date.now() - Number(sessionStorage.getItem(RELOADED) ?? 0) < RETRY_MILLIS) return;
	event.preventDefault();
	sessionStorage.setItem(RELOADED, String(Date.now()));
	location.reload();
});
