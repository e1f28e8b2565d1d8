import { Button, Group, Modal, SegmentedControl, Select, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { type Budget, type BudgetRequest, setBudget } from '../api/budgets.ts';
import { keysQuery } from '../api/keys.ts';
import { projectsQuery } from '../api/projects.ts';
import { statusQuery } from '../api/status.ts';
import { environmentKey, keyLabel } from '../shared/keyLabel.ts';
import { NumberField } from '../shared/NumberField.tsx';
import { ErrorState } from '../shared/states.tsx';
import { useReturnFocus } from '../shared/useReturnFocus.ts';
import classes from './Settings.module.css';

type Kind = 'project' | 'key';

/** The projects and keys that a budget can be for. */
function useSubjects(kind: Kind) {
	const { data: projects } = useQuery(projectsQuery({ size: 1000, sort_by: 'name', order: 'asc' }));
	const { data: keys } = useQuery(keysQuery(0, 1000));
	const { data: status } = useQuery(statusQuery);
	if (kind === 'project') return (projects?.records ?? []).map(({ id, name }) => ({ value: id, label: name }));
	const valid = (keys?.records ?? []).filter(({ state }) => state === 'valid');
	return [
		...(status?.has_environment_key ? [{ value: environmentKey, label: keyLabel(environmentKey) }] : []),
		...valid.map(({ id, name }) => ({ value: id, label: name })),
	];
}

interface SubjectProps {
	kind: Kind;
	subject: string | null;
	onChange: (kind: Kind, subject: string | null) => void;
}

function Subject({ kind, subject, onChange }: SubjectProps) {
	const subjects = useSubjects(kind);
	return (
		<>
			<SegmentedControl
				aria-label="What the budget is for"
				value={kind}
				data={[
					{ value: 'project', label: 'A project' },
					{ value: 'key', label: 'An API key' },
				]}
				onChange={(value) => onChange(value, null)}
			/>
			<Select
				label={kind === 'project' ? 'Project' : 'API key'}
				placeholder="Choose one"
				mt="md"
				searchable
				required
				limit={100}
				nothingFoundMessage={kind === 'project' ? 'No projects match' : 'No API keys match'}
				value={subject}
				data={subjects}
				onChange={(value) => onChange(kind, value)}
			/>
		</>
	);
}

interface SetBudgetProps {
	/** The budget whose limit changes. Without it, a new one is made. */
	of: Budget | undefined;
	onClose: () => void;
}

/** Whose budget it is cannot change: only its limit can. */
function requestOf(of: Budget): Omit<BudgetRequest, 'limit'> {
	const period = of.period as BudgetRequest['period'];
	if (of.project_id !== null) return { project_id: of.project_id, period };
	return { api_key: of.api_key_id ?? environmentKey, period };
}

/** Asks what a budget is for, and how much calls may cost. */
export function SetBudget({ of, onClose }: SetBudgetProps) {
	useReturnFocus();
	const [kind, setKind] = useState<Kind>('project');
	const [subject, setSubject] = useState<string | null>(null);
	const [period, setPeriod] = useState<BudgetRequest['period']>('month');
	const [limit, setLimit] = useState<number | undefined>(of?.limit);
	const queryClient = useQueryClient();
	const { mutate, isPending, error } = useMutation({
		mutationFn: setBudget,
		onSuccess: async () => {
			onClose();
			await queryClient.invalidateQueries({ queryKey: ['budgets'] });
		},
	});
	const whose = of ? requestOf(of) : subject && { [kind === 'project' ? 'project_id' : 'api_key']: subject, period };
	return (
		<Modal
			opened
			onClose={onClose}
			title={of ? 'Change the budget' : 'New budget'}
			closeButtonProps={{ 'aria-label': 'Close' }}
		>
			<form
				onSubmit={(event) => {
					event.preventDefault();
					if (whose && limit !== undefined) mutate({ ...whose, limit });
				}}
			>
				{of ? (
					<Text>
						{of.project ?? keyLabel(of.api_key ?? environmentKey)}, each {of.period}
					</Text>
				) : (
					<>
						<Subject
							kind={kind}
							subject={subject}
							onChange={(nextKind, next) => {
								setKind(nextKind);
								setSubject(next);
							}}
						/>
						<SegmentedControl
							aria-label="Period"
							mt="md"
							value={period}
							data={[
								{ value: 'day', label: 'Each day' },
								{ value: 'month', label: 'Each month' },
							]}
							onChange={(value) => setPeriod(value)}
						/>
					</>
				)}
				<NumberField
					label="Limit in US dollars"
					description="A call that could cost more than is left is refused before the model runs."
					mt="md"
					min={0}
					max={1_000_000}
					step="any"
					leftSection="$"
					required
					value={limit}
					onChange={setLimit}
				/>
				{error && (
					<div className={classes.problem}>
						<ErrorState error={error} />
					</div>
				)}
				<Group justify="flex-end" mt="xl">
					<Button variant="default" onClick={onClose}>
						Cancel
					</Button>
					<Button type="submit" loading={isPending} disabled={!whose || limit === undefined}>
						Set the budget
					</Button>
				</Group>
			</form>
		</Modal>
	);
}
