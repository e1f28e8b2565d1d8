import { Button, Text, Title } from '@mantine/core';

import type { ModelConfigResponse } from '../../contract/modelConfigs.ts';
import { isSaved } from '../prompt/draft.ts';
import { DataTable } from '../shared/DataTable.tsx';
import { DeployButton } from '../shared/DeployButton.tsx';
import { Cost, Duration } from '../shared/figures.tsx';
import { versionName, versionPath } from '../shared/names.ts';
import { TextLink } from '../shared/TextLink.tsx';
import type { Side } from './pairs.ts';
import classes from './Summary.module.css';
import type { RunSums, Sums } from './sums.ts';

function TotalCost({ cost, unpriced }: Sums) {
	return (
		<>
			<Cost dollars={cost} />
			{cost !== null && unpriced > 0 && <span className={classes.note}> and {unpriced} unknown</span>}
		</>
	);
}

interface SummaryProps {
	projectId: string;
	sums: RunSums;
	versions: Record<Side, ModelConfigResponse>;
	/** Whether it is hidden which version has answered. */
	isBlind: boolean;
	onReveal: () => void;
}

function verdictSentence({ left, right, same, rated }: RunSums, versions: SummaryProps['versions']): string {
	const [better, count]: [Side, number] = right.better >= left.better ? ['right', right.better] : ['left', left.better];
	if (left.better === right.better) {
		return `No difference so far: each was better ${left.better} times, and the answers were as good ${same} times.`;
	}
	const others = rated - count - same;
	return `${versionName(versions[better])} was better in ${count} of ${rated}, worse in ${others}, the same in ${same}.`;
}

/** What the run has shown, and a way to deploy the version that was better. */
export function Summary({ projectId, sums, versions, isBlind, onReveal }: SummaryProps) {
	const { left, right, same, rated, rateable } = sums;
	if (isBlind) {
		return (
			<section aria-labelledby="summary-heading" className={classes.summary}>
				<Title order={2} id="summary-heading">
					Summary
				</Title>
				<Text>
					{rated} of {rateable} rated. Which version is which is shown when all are.
				</Text>
				<Button variant="default" mt="sm" onClick={onReveal}>
					Show it now
				</Button>
			</section>
		);
	}
	const better = left.better === right.better ? undefined : left.better > right.better ? 'left' : 'right';
	const rows: [string, (side: Side) => React.ReactNode][] = [
		['Better', (side) => sums[side].better],
		['Worse', (side) => sums[side === 'left' ? 'right' : 'left'].better],
		['Same', () => same],
		['Failed', (side) => sums[side].failed],
		['Cost', (side) => <TotalCost {...sums[side]} />],
		['Median time', (side) => <Duration seconds={sums[side].medianSeconds} />],
	];
	return (
		<section aria-labelledby="summary-heading" className={classes.summary}>
			<Title order={2} id="summary-heading">
				Summary
			</Title>
			<Text role="status">
				{rated === 0
					? 'Rate the answers below to see which version is better.'
					: `${verdictSentence(sums, versions)}${rated < rateable ? ` ${rateable - rated} ${rateable - rated === 1 ? 'is' : 'are'} not rated yet.` : ''}`}
			</Text>
			<div className={classes.table}>
				<DataTable
					label="Summary of the run"
					columns={[
						{ name: `Of ${rateable} inputs` },
						{ name: versionName(versions.left), kind: 'figure' },
						{ name: versionName(versions.right), kind: 'figure' },
					]}
				>
					{rows.map(([name, valueOf]) => (
						<tr key={name}>
							<th scope="row">{name}</th>
							<td data-figure>{valueOf('left')}</td>
							<td data-figure>{valueOf('right')}</td>
						</tr>
					))}
				</DataTable>
			</div>
			{better && isSaved(versions[better]) && <DeployButton projectId={projectId} version={versions[better]} />}
			{better && !isSaved(versions[better]) && (
				<Text>
					{versionName(versions[better])} was only tried.{' '}
					<TextLink href={versionPath(projectId, versions[better].id)}>Save it as a version</TextLink> before you deploy
					it.
				</Text>
			)}
		</section>
	);
}
