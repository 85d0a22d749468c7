// The module `virtual:world-map`: every country's outline as an SVG path, projected at build time, so that no
// projection and no topology reaches the browser.
import { geoEqualEarth, geoPath } from 'd3-geo';
import iso from 'i18n-iso-countries';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import type { Plugin } from 'vite';

const WIDTH = 960;
const HEIGHT = 452;
const ANTARCTICA = '010';
const MODULE = 'virtual:world-map';

interface Outline {
	code: string;
	path: string;
}

export function outlines(): Outline[] {
	const require = createRequire(import.meta.url);
	const file = require.resolve('world-atlas/countries-110m.json');
	const world = JSON.parse(readFileSync(file, 'utf8')) as Topology<{ countries: GeometryCollection }>;
	const countries = feature(world, world.objects.countries).features.filter(({ id }) => id !== ANTARCTICA);
	const projection = geoEqualEarth().fitSize([WIDTH, HEIGHT], {
		type: 'FeatureCollection',
		features: countries
	});
	const draw = geoPath(projection).digits(1);
	return countries.map((country) => ({
		// Disputed areas have no number; Kosovo has a code in use.
		code:
			iso.numericToAlpha2(String(country.id ?? '')) ?? (hasName(country.properties, 'Kosovo') ? 'XK' : ''),
		path: draw(country) ?? ''
	}));
}

function hasName(properties: unknown, name: string): boolean {
	return (
		typeof properties === 'object' && properties !== null && 'name' in properties && properties.name === name
	);
}

export function worldMap(): Plugin {
	return {
		name: 'world-map',
		resolveId: (id) => (id === MODULE ? `\0${MODULE}` : undefined),
		load(id) {
			if (id !== `\0${MODULE}`) return undefined;
			return `export const width = ${WIDTH}, height = ${HEIGHT}, countries = JSON.parse(${JSON.stringify(JSON.stringify(outlines()))});`;
		}
	};
}
