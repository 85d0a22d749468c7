// Before the first paint, so that a chosen theme never flashes.
try {
	const theme = localStorage.getItem('shortline-theme');
	if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
	// Storage is off: the system's theme it is.
}
