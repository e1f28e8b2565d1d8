import 'uplot/dist/uPlot.min.css';

import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';

import { dayName } from './dimensions.ts';
import type { Measure } from './measures.ts';
import type { Series } from './series.ts';
import classes from './Usage.module.css';

interface PlotProps {
	days: string[];
	/** The largest first: it is at the bottom of each bar. */
	series: Series[];
	measure: Measure;
}

/** The steps of an axis of what is counted: 1, 2, 5, 10 and so on. */
const wholeSteps = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

const sumAt = (series: Series[], index: number) => series.reduce((total, { values }) => total + values[index]!, 0);

/** What one day was, in words. */
function dayText({ days, series, measure }: PlotProps, index: number): string {
	const parts = series
		.filter(({ values }) => values[index]! > 0)
		.map(({ name, values }) => `${name} ${measure.format(values[index]!)}`);
	const total = `${dayName(days[index]!)}: ${measure.format(sumAt(series, index))}`;
	return parts.length > 1 ? `${total} (${parts.join(', ')})` : total;
}

/** Each series on top of those before it. uPlot draws later ones above earlier ones, so the highest comes first. */
function stacked(series: Series[], days: string[]): number[][] {
	const heights = days.map(() => 0);
	const layers = series.map(({ values }) =>
		values.map((value, index) => {
			heights[index]! += value;
			return heights[index]!;
		}),
	);
	return layers.toReversed();
}

function optionsOf(
	element: HTMLElement,
	{ width, height }: { width: number; height: number },
	{ days, series, measure }: PlotProps,
): uPlot.Options {
	const style = getComputedStyle(element);
	const color = (name: string) => style.getPropertyValue(name).trim();
	const text = color('--mantine-color-dimmed');
	const line = color('--line');
	const font = `12px ${style.fontFamily}`;
	const axis = { stroke: text, font, ticks: { show: false }, gap: 8 };
	return {
		width,
		height,
		// The days are those of UTC.
		tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
		legend: { show: false },
		cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
		scales: {
			x: { range: (_plot, from, to) => [from - 43_200, to + 43_200] },
			y: { range: (_plot, _from, to) => [0, to > 0 ? to * 1.05 : 1] },
		},
		axes: [
			{
				...axis,
				grid: { show: false },
				// As high as a label.
				size: 28,
				space: 70,
				incrs: [1, 2, 7, 14, 30, 61, 91, 365].map((count) => count * 86_400),
				values: (_plot, times) =>
					times.map((time) =>
						new Date(time * 1000).toLocaleDateString('en', { month: 'short', day: 'numeric', timeZone: 'UTC' }),
					),
			},
			{
				...axis,
				grid: { stroke: line, width: 1 },
				// As wide as the longest of its labels.
				size: (_plot, labels) => 10 + 7 * Math.max(3, ...(labels ?? []).map((label) => label.length)),
				...(measure.isCount ? { incrs: wholeSteps } : {}),
				values: (_plot, values) => values.map((value) => measure.format(value)),
			},
		],
		series: [
			{},
			...series.toReversed().map((_, index) => ({
				paths: uPlot.paths.bars!({ size: [0.7, days.length > 45 ? 12 : 32] }),
				fill: color(`--chart-${series.length - index}`),
				stroke: color(`--chart-${series.length - index}`),
				width: 0,
				points: { show: false },
			})),
		],
	};
}

/** Bars for each day, in parts. The day below the pointer is told in words; the table has all figures. */
export default function Plot(props: PlotProps) {
	const { days, series, measure } = props;
	const { ref, width, height } = useElementSize<HTMLDivElement>();
	const holder = useRef<HTMLDivElement>(null);
	const [hovered, setHovered] = useState<number>();
	const scheme = useComputedColorScheme();

	useEffect(() => {
		const element = holder.current;
		if (!element || width === 0 || height === 0) return;
		const options = optionsOf(element, { width, height }, props);
		options.hooks = { setCursor: [({ cursor }) => setHovered(cursor.idx ?? undefined)] };
		const times = days.map((day) => Date.parse(day) / 1000);
		const plot = new uPlot(options, [times, ...stacked(series, days)], element);
		return () => plot.destroy();
		// The scheme changes the colors that are read from the page.
	}, [width, height, days, series, measure, scheme]);

	const peak = days.reduce((best, _, index) => (sumAt(series, index) > sumAt(series, best) ? index : best), 0);
	const label = `${measure.label} by day, from ${dayName(days[0]!)} to ${dayName(days.at(-1)!)}. Highest: ${dayText(props, peak)}`;
	return (
		<figure className={classes.plot}>
			<figcaption className={classes.hovered} data-parts={series.length > 1 || undefined}>
				{hovered === undefined || days[hovered] === undefined
					? `Highest: ${dayText(props, peak)}`
					: dayText(props, hovered)}
			</figcaption>
			<div ref={ref} className={classes.canvas}>
				<div ref={holder} role="img" aria-label={label} />
			</div>
		</figure>
	);
}
