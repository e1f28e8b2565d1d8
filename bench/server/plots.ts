import { init } from 'echarts';

export interface Line {
	name: string;
	points: [x: number, y: number][];
	/** The same name has the same color in all plots. */
	color: string;
}

export interface Plot {
	title: string;
	x: string;
	y: string;
	/** The base of a logarithmic axis, on which each mark is so many times the one before. */
	logX?: number;
	logY?: number;
	lines: Line[];
}

/** Lines and texts take the color of the page's text, so that they can be read on light and on dark ground. */
const style = '<style>svg{color:#1f2328}@media(prefers-color-scheme:dark){svg{color:#e6edf3}}</style>';
const color = 'currentColor';

const axis = (name: string, logBase: number | undefined) => ({
	...(logBase === undefined ? { type: 'value' as const } : { type: 'log' as const, logBase }),
	name,
	nameLocation: 'middle' as const,
	nameTextStyle: { color },
	axisLabel: { color, hideOverlap: true },
	axisLine: { show: true, lineStyle: { color } },
	splitLine: { lineStyle: { color, opacity: 0.15 } },
});

/** Draws a plot as SVG. */
export function draw({ title, x, y, logX, logY, lines }: Plot): string {
	const chart = init(null, null, { renderer: 'svg', ssr: true, width: 860, height: 400 });
	const hasMarks = lines.every(({ points }) => points.length < 20);
	const xs = lines.flatMap(({ points }) => points.map(([value]) => value));
	const ends = logX === undefined ? {} : { min: Math.min(...xs), max: Math.max(...xs) };
	chart.setOption({
		animation: false,
		title: { text: title, left: 60, textStyle: { color, fontSize: 15 } },
		// Below each other: without a browser, widths of texts are estimates.
		legend: { orient: 'vertical', left: 590, top: 60, textStyle: { color } },
		grid: { left: 70, right: 300, top: 50, bottom: 55 },
		xAxis: { ...axis(x, logX), ...ends, nameGap: 30 },
		yAxis: { ...axis(y, logY), nameGap: 50 },
		series: lines.map((line) => ({
			type: 'line',
			name: line.name,
			data: line.points,
			showSymbol: hasMarks,
			symbol: 'circle',
			symbolSize: 7,
			lineStyle: { color: line.color, width: 2 },
			itemStyle: { color: line.color },
		})),
	});
	const svg = chart.renderToSVGString();
	// Otherwise its timer keeps the process running.
	chart.dispose();
	return svg.replace('>', `>${style}`);
}
