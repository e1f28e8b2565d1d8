import type { UsageResponse } from '../../contract/usage.ts';
import { DataTable } from '../shared/DataTable.tsx';
import type { Days } from '../shared/days.ts';
import { FailedShare } from '../shared/FailedShare.tsx';
import { Cost, Count, Duration, formatCount } from '../shared/figures.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import type { Dimension } from './dimensions.ts';
import classes from './Usage.module.css';

interface UsageTableProps {
	records: UsageResponse[];
	dimension: Dimension;
	/** The number of a group's color in the plot, from 1. */
	colorOf: (key: string) => number | undefined;
	/** Of which project the calls are. Undefined: of any. */
	projectId: string | undefined;
	days: Days;
}

function Name({
	record,
	dimension,
	colorOf,
}: { record: UsageResponse } & Pick<UsageTableProps, 'dimension' | 'colorOf'>) {
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

/** What the list of logs is filtered by to have those of a group. Without a project, it has the logs of all. */
function logsOf(record: UsageResponse, { filtersOf }: Dimension, projectId: string | undefined) {
	const project = record.project_id ?? projectId;
	const filters = filtersOf?.(record);
	return filters && { ...(project ? { project } : {}), ...filters };
}

const daysOf = ({ day }: UsageResponse, days: Days): Days => (day ? { from: day, to: day } : days);

/** Totals of each group. */
export function UsageTable({ records, dimension, colorOf, projectId, days }: UsageTableProps) {
	return (
		<DataTable
			label={`Usage by ${dimension.label}`}
			columns={[
				{ name: dimension.column },
				{ name: 'Calls', kind: 'figure' },
				{ name: 'Failed', kind: 'figure' },
				{ name: 'Prompt tokens', kind: 'figure' },
				{ name: 'Output tokens', kind: 'figure' },
				{ name: 'Median time', kind: 'figure' },
				{ name: 'Cost', kind: 'figure' },
			]}
		>
			{records.map((record) => (
				<tr key={dimension.keyOf(record)}>
					<Name {...{ record, dimension, colorOf }} />
					<td data-figure>
						<Count of={record.calls} />
					</td>
					<td data-figure className={record.failed_calls > 0 ? classes.failed : undefined}>
						<FailedShare of={record} logs={logsOf(record, dimension, projectId)} days={daysOf(record, days)} />
					</td>
					<td data-figure>
						<Count of={record.prompt_tokens} />
					</td>
					<td data-figure>
						<Count of={record.output_tokens} />
					</td>
					<td data-figure>
						<Duration seconds={record.median_latency} />
					</td>
					<td data-figure>
						<Cost dollars={record.cost} />
						{record.cost !== null && record.unpriced_calls > 0 && (
							<div className={classes.unpriced}>{formatCount(record.unpriced_calls)} without a price</div>
						)}
					</td>
				</tr>
			))}
		</DataTable>
	);
}
