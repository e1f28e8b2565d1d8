import { Button, Chip, CloseButton, Group, Text, Textarea, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { FeedbackResponse } from '../../contract/feedback.ts';
import type { LogResponse } from '../../contract/logs.ts';
import { projectQuery } from '../api/projects.ts';
import { keyLabel } from '../shared/keyLabel.ts';
import { PlainText } from '../shared/PlainText.tsx';
import { Rating } from '../shared/Rating.tsx';
import { ErrorState } from '../shared/states.tsx';
import { Time } from '../shared/Time.tsx';
import { usePermission } from '../shared/useRole.ts';
import classes from './Log.module.css';
import { useFeedback } from './useFeedback.ts';

type Give = ReturnType<typeof useFeedback>['mutate'];

const valueText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

interface GivenProps {
	one: FeedbackResponse;
	canChange: boolean;
	onRemove: () => void;
}

function Given({ one, canChange, onRemove }: GivenProps) {
	return (
		<li>
			<div className={classes.given}>
				<span className={classes.type}>{one.type}</span>
				<PlainText text={valueText(one.value)} />
				<Text size="xs" c="dimmed">
					{one.user !== null && `${keyLabel(one.user)}, `}
					<Time at={one.created_at} />
				</Text>
			</div>
			{canChange && (
				<CloseButton size="sm" aria-label={`Remove ${one.type}: ${valueText(one.value)}`} onClick={onRemove} />
			)}
		</li>
	);
}

interface LabelsProps {
	type: string;
	labels: string[];
	mine: FeedbackResponse[];
	disabled: boolean;
	give: Give;
}

/** The labels of a type. Of actions and issues there can be several; of any other type, the next one replaces the last. */
function Labels({ type, labels, mine, disabled, give }: LabelsProps) {
	const chosen = mine.filter((one) => one.type === type).map(({ value }) => valueText(value));
	return (
		<Group gap={6} role="group" aria-label={type} my={6}>
			<Text size="sm" c="dimmed">
				{type}
			</Text>
			{labels.map((label) => (
				<Chip
					key={label}
					size="xs"
					disabled={disabled}
					checked={chosen.includes(label)}
					onChange={(isChosen) => give({ type, value: label, ...(isChosen ? {} : { unset: true }) })}
				>
					{label}
				</Chip>
			))}
		</Group>
	);
}

interface TextFeedbackProps {
	type: 'comment' | 'correction';
	mine: string;
	placeholder: string;
	disabled: boolean;
	give: Give;
}

function TextFeedback({ type, mine, placeholder, disabled, give }: TextFeedbackProps) {
	const [text, setText] = useState(mine);
	const [isOpen, setOpen] = useState(false);
	const label = type === 'comment' ? 'Comment' : 'Correction';
	if (!isOpen) {
		return (
			<Button variant="default" size="xs" disabled={disabled} onClick={() => setOpen(true)}>
				{mine === '' ? `${label}…` : `Change the ${type}…`}
			</Button>
		);
	}
	return (
		<form
			className={classes.textFeedback}
			onSubmit={(event) => {
				event.preventDefault();
				give({ type, value: text }, { onSuccess: () => setOpen(false) });
			}}
		>
			<Textarea
				autosize
				autoFocus
				minRows={2}
				maxRows={16}
				label={label}
				placeholder={placeholder}
				value={text}
				onChange={(event) => setText(event.currentTarget.value)}
			/>
			<Group justify="flex-end" gap="xs" mt="xs">
				<Button variant="default" size="xs" onClick={() => setOpen(false)}>
					Cancel
				</Button>
				<Button type="submit" size="xs" disabled={text.trim() === ''}>
					Save
				</Button>
			</Group>
		</form>
	);
}

/** What people think of the answer, and a place to say it. */
export function Feedback({ log }: { log: LogResponse }) {
	const { mutate: give, user, error } = useFeedback(log.id);
	const { isAllowed, reason } = usePermission('run');
	const { data: project } = useQuery({ ...projectQuery(log.project_id ?? ''), enabled: log.project_id !== null });
	const mine = log.feedback.filter((one) => one.user === (user ?? null));
	const textOf = (type: string) => valueText(mine.find((one) => one.type === type)?.value ?? '');
	const rating = mine.find(({ type }) => type === 'rating');
	const labelled = (project?.feedback_types ?? []).filter(
		({ type, values = [] }) => type !== 'rating' && values.length > 0,
	);
	const shared = { mine, disabled: !isAllowed, give };
	return (
		<section aria-labelledby="feedback" title={reason}>
			<Title order={2} id="feedback" className={classes.heading}>
				Feedback
			</Title>
			<Group gap="sm">
				<Rating
					label="Your rating of this answer"
					value={rating === undefined ? null : valueText(rating.value)}
					disabled={!isAllowed}
					onChange={(value) => give(value === null ? { type: 'rating', unset: true } : { type: 'rating', value })}
				/>
				<TextFeedback
					key={`comment ${textOf('comment')}`}
					{...{ ...shared, type: 'comment', mine: textOf('comment') }}
					placeholder="What is good or bad about this answer?"
				/>
				<TextFeedback
					key={`correction ${textOf('correction')}`}
					{...{ ...shared, type: 'correction', mine: textOf('correction') }}
					placeholder="What the answer should have been"
				/>
			</Group>
			{labelled.map(({ type, values = [] }) => (
				<Labels key={type} type={type} labels={values.map(({ value }) => value)} {...shared} />
			))}
			{error && <ErrorState error={error} />}
			<ul className={classes.feedback} aria-live="polite">
				{log.feedback.map((one) => (
					<Given
						key={one.id}
						one={one}
						canChange={isAllowed}
						onRemove={() => give({ type: one.type, value: one.value, user: one.user, unset: true })}
					/>
				))}
			</ul>
		</section>
	);
}
