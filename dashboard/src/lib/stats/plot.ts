// The stacked series as uPlot draws it.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatCompact } from '#lib/format/index.ts';
import { locale } from '#lib/i18n/index.ts';
import type { Interval } from './period.ts';
import { stackedSums, type PlotLayer } from './stack.ts';

export interface PlotInput {
	/** Seconds since 1970. */
	starts: number[];
	/** From the ground up. */
	layers: PlotLayer[];
	previous: number[] | undefined;
	interval: Interval;
	timezone: string;
}

interface Events {
	hover: (index: number | undefined, left: number) => void;
	/** Seconds since 1970. */
	select: ((from: number, to: number) => void) | undefined;
}

const HEIGHT = 260;
const MIN_DRAG_PIXELS = 8;
/** Room for a label of the time, so that none runs into the next. */
const LABEL_PIXELS: Record<Interval, number> = { minute: 60, hour: 105, day: 70, week: 70, month: 85 };
const AXIS_FONT = '11px system-ui, sans-serif';

export function drawPlot(target: HTMLElement, input: PlotInput, events: Events): uPlot {
	const style = getComputedStyle(document.documentElement);
	const color = (name: string) => resolveColor(style.getPropertyValue(`--${name}`), target);
	const bars = uPlot.paths.bars?.({ size: [0.8, 56] });
	const axis = { font: AXIS_FONT, stroke: color('faint'), ticks: { show: false } };
	const labels = timeLabels(input);
	const options: uPlot.Options = {
		width: target.clientWidth,
		height: HEIGHT,
		padding: [12, 8, 0, 0],
		legend: { show: false },
		// Ticks stand where days begin.
		tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), input.timezone),
		scales: {
			x: { time: true, range: (_, min, max) => [min - step(input) * 0.6, max + step(input) * 0.6] },
			y: { range: (_, __, max) => [0, Math.max(max * 1.06, 4)] }
		},
		axes: [
			{
				...axis,
				size: 30,
				grid: { show: false },
				space: LABEL_PIXELS[input.interval],
				values: (_, values) => values.map((at) => labels.format(at * 1000))
			},
			{
				...axis,
				size: 46,
				gap: 6,
				grid: { stroke: color('line'), width: 1 },
				incrs: [
					1, 2, 5, 10, 20, 50, 1e2, 2e2, 5e2, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7, 1e8
				],
				values: (_, values) => values.map((value) => formatCompact(value))
			}
		],
		series: [
			{},
			...[...input.layers].reverse().map((layer) => ({
				fill: color(layer.class),
				stroke: 'transparent',
				width: 0,
				points: { show: false },
				...(bars ? { paths: bars } : {})
			})),
			...(input.previous
				? [{ stroke: color('soft'), width: 1.5, dash: [4, 4], points: { show: false }, spanGaps: true }]
				: [])
		],
		cursor: {
			y: false,
			points: { show: false },
			drag: { x: events.select !== undefined, y: false, setScale: false, dist: MIN_DRAG_PIXELS }
		},
		hooks: {
			setCursor: [(plot) => events.hover(plot.cursor.idx ?? undefined, plot.cursor.left ?? 0)],
			setSelect: [
				(plot) => {
					if (plot.select.width < MIN_DRAG_PIXELS) return;
					const from = plot.posToVal(plot.select.left, 'x');
					const to = plot.posToVal(plot.select.left + plot.select.width, 'x');
					events.select?.(from, to);
				}
			]
		}
	};
	return new uPlot(options, dataOf(input), target);
}

function dataOf({ starts, layers, previous }: PlotInput): uPlot.AlignedData {
	const before = previous ? [starts.map((_, at) => previous[at] ?? null)] : [];
	return [starts, ...stackedSums(starts.length, layers), ...before];
}

export function resizePlot(plot: uPlot, width: number): void {
	plot.setSize({ width, height: HEIGHT });
}

/** Canvas knows no `light-dark()`. */
function resolveColor(value: string, beside: HTMLElement): string {
	const probe = document.createElement('span');
	probe.style.color = value;
	beside.append(probe);
	const resolved = getComputedStyle(probe).color;
	probe.remove();
	return resolved;
}

function step({ starts }: PlotInput): number {
	return starts.length > 1 ? (starts[1] ?? 0) - (starts[0] ?? 0) : 60;
}

function timeLabels({ interval, timezone }: PlotInput): Intl.DateTimeFormat {
	const formats: Record<Interval, Intl.DateTimeFormatOptions> = {
		minute: { hour: '2-digit', minute: '2-digit' },
		hour: { day: 'numeric', month: 'short', hour: '2-digit' },
		day: { day: 'numeric', month: 'short' },
		week: { day: 'numeric', month: 'short' },
		month: { month: 'short', year: 'numeric' }
	};
	return new Intl.DateTimeFormat(locale, { ...formats[interval], timeZone: timezone });
}
