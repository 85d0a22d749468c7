import { loadMessages } from '#lib/i18n/index.ts';

await loadMessages();
