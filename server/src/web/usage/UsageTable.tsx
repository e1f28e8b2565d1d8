import type { UsageResponse } from '../../contract/usage.ts';
import { DataTable } from '../shared/DataTable.tsx';
import { Cost, Count, Duration, formatCount, formatPercent } from '../shared/figures.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import type { Dimension } from './dimensions.ts';
import classes from './Usage.module.css';

interface UsageTableProps {
	records: UsageResponse[];
	dimension: Dimension;
	/** The number of a group's color in the plot, from 1. */
	colorOf: (key: string) => number | undefined;
}

function Name({ record, dimension, colorOf }: { record: UsageResponse } & Omit<UsageTableProps, 'records'>) {
	const color = colorOf(dimension.keyOf(record));
	const link = dimension.linkOf?.(record);
	const name = dimension.nameOf(record);
	return (
		<th scope="row" className={classes.name}>
			{color !== undefined && (
				<span className={classes.swatch} style={{ background: `var(--chart-${color})` }} aria-hidden />
			)}
			{link === undefined ? name : <TextLink href={link}>{name}</TextLink>}
		</th>
	);
}

/** Totals of each group. */
export function UsageTable({ records, dimension, colorOf }: UsageTableProps) {
	return (
		<DataTable label={`Usage by ${dimension.label}`}>
			<thead>
				<tr>
					<th scope="col">{dimension.column}</th>
					<th scope="col" data-figure>
						Calls
					</th>
					<th scope="col" data-figure>
						Failed
					</th>
					<th scope="col" data-figure data-wide>
						Prompt tokens
					</th>
					<th scope="col" data-figure data-wide>
						Output tokens
					</th>
					<th scope="col" data-figure data-wide>
						Median time
					</th>
					<th scope="col" data-figure>
						Cost
					</th>
				</tr>
			</thead>
			<tbody>
				{records.map((record) => (
					<tr key={dimension.keyOf(record)}>
						<Name {...{ record, dimension, colorOf }} />
						<td data-figure>
							<Count of={record.calls} />
						</td>
						<td data-figure className={record.failed_calls > 0 ? classes.failed : undefined}>
							<span title={`${formatCount(record.failed_calls)} of ${formatCount(record.calls)} calls`}>
								{formatPercent(record.calls === 0 ? 0 : record.failed_calls / record.calls)}
							</span>
						</td>
						<td data-figure data-wide>
							<Count of={record.prompt_tokens} />
						</td>
						<td data-figure data-wide>
							<Count of={record.output_tokens} />
						</td>
						<td data-figure data-wide>
							<Duration seconds={record.median_latency} />
						</td>
						<td data-figure>
							<Cost dollars={record.cost} />
							{record.cost !== null && record.unpriced_calls > 0 && (
								<div className={classes.unpriced}>{formatCount(record.unpriced_calls)} of unknown cost</div>
							)}
						</td>
					</tr>
				))}
			</tbody>
		</DataTable>
	);
}
