import classes from './Sparkline.module.css';

interface SparklineProps {
	/** One value for each bar, from 0. */
	values: number[];
	/** What it shows, in words: "Calls of the last 7 days: 1, 0, 4". */
	label: string;
}

const size = { bar: 7, gap: 3, height: 22 };

/** Small bars, beside a figure that says the same. Charts are drawn by uPlot: this one is in a list of many. */
export function Sparkline({ values, label }: SparklineProps) {
	const top = Math.max(...values, 1);
	const width = values.length * (size.bar + size.gap) - size.gap;
	return (
		<svg className={classes.sparkline} width={width} height={size.height} role="img" aria-label={label}>
			<title>{label}</title>
			{values.map((value, index) => {
				// A day with one call among thousands is still no day without one.
				const height = value === 0 ? 1 : Math.max(3, (value / top) * size.height);
				const x = index * (size.bar + size.gap);
				return (
					<rect
						key={index}
						className={value === 0 ? classes.none : classes.bar}
						{...{ x, y: size.height - height, width: size.bar, height }}
					/>
				);
			})}
		</svg>
	);
}
