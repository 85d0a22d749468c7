import { loadMessages } from '#lib/i18n/index.ts';

// Static files: every page is rendered in the browser, and its state is in the query, so that each path is one file.
export const ssr = false;
export const prerender = true;
export const trailingSlash = 'always';

export const load = () => loadMessages();
