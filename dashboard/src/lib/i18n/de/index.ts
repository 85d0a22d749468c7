// Every German text.
import type { Messages } from '../en/index.ts';
import { audit } from './audit.ts';
import { filters } from './filters.ts';
import { form } from './form.ts';
import { imports } from './import.ts';
import { states, links } from './links.ts';
import { problems } from './problems.ts';
import { qr } from './qr.ts';
import { settings } from './settings.ts';
import { shares } from './shares.ts';
import { common, nav, themes, roles, signIn, shortcuts, palette } from './shell.ts';
import { classes, stats } from './stats.ts';
import { trust } from './trust.ts';

export const de: Messages = {
	common,
	nav,
	themes,
	roles,
	signIn,
	shortcuts,
	palette,
	problems,
	qr,
	states,
	links,
	filters,
	form,
	classes,
	stats,
	trust,
	import: imports,
	audit,
	settings,
	shares
};
