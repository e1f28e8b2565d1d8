import { Button, Group, NativeSelect, Stack, Text, Textarea, Title } from '@mantine/core';

import type { ChatMessage } from '../../contract/messages.ts';
import { JsonView } from '../shared/JsonView.tsx';
import { PermissionButton } from '../shared/PermissionButton.tsx';
import { Answers } from './Answers.tsx';
import { inputsOf, isChat, type Draft } from './draft.ts';
import { toText, toValue } from './inputValue.ts';
import { LoggedInputs } from './LoggedInputs.tsx';
import classes from './Prompt.module.css';
import { useState } from 'react';
import { useTry, type TryRequest } from './useTry.ts';
import type { TryInputs } from './useTryInputs.ts';

type Values = Record<string, unknown>;

/** A field for each variable of the template, and for further inputs that a logged call had. */
function InputFields({
	names,
	inputs,
	onChange,
}: {
	names: string[];
	inputs: Values;
	onChange: (inputs: Values) => void;
}) {
	if (names.length === 0) return <Text c="dimmed">The template has no variables. Write {'{{name}}'} to add one.</Text>;
	return (
		<Stack gap="sm">
			{names.map((name) => (
				<Textarea
					key={name}
					label={name}
					autosize
					minRows={1}
					maxRows={10}
					value={toText(inputs[name])}
					onChange={(event) => onChange({ ...inputs, [name]: toValue(event.currentTarget.value, inputs[name]) })}
				/>
			))}
		</Stack>
	);
}

const roles = ['user', 'assistant', 'system', 'developer', 'tool'];

/** The messages that follow those of the template. */
function MessageFields({
	messages,
	onChange,
}: {
	messages: ChatMessage[];
	onChange: (messages: ChatMessage[]) => void;
}) {
	return (
		<Stack gap="sm">
			{messages.map((message, index) => (
				<div key={index} role="group" aria-label={`Sent message ${index + 1}`}>
					<Group gap="xs" mb={4}>
						<NativeSelect
							size="xs"
							aria-label={`Role of sent message ${index + 1}`}
							data={roles}
							value={message.role}
							onChange={(event) =>
								onChange(messages.with(index, { ...message, role: event.currentTarget.value as ChatMessage['role'] }))
							}
						/>
						{messages.length > 1 && (
							<Button
								variant="subtle"
								color="gray"
								size="compact-sm"
								ml="auto"
								onClick={() => onChange(messages.toSpliced(index, 1))}
							>
								Remove
							</Button>
						)}
					</Group>
					{typeof message.content === 'string' || !message.content ? (
						<Textarea
							aria-label={`Text of sent message ${index + 1}`}
							placeholder="What somebody says to the model"
							autosize
							minRows={2}
							maxRows={10}
							value={message.content ?? ''}
							onChange={(event) => onChange(messages.with(index, { ...message, content: event.currentTarget.value }))}
						/>
					) : (
						<JsonView value={message.content} />
					)}
				</div>
			))}
			<div>
				<Button variant="default" size="xs" onClick={() => onChange([...messages, { role: 'user', content: '' }])}>
					Add a message
				</Button>
			</div>
		</Stack>
	);
}

const list = new Intl.ListFormat('en');

const isEmpty = ({ content, tool_calls: calls }: ChatMessage) => (content ?? '') === '' && !calls?.length;

interface TryPanelProps {
	projectId: string;
	draft: Draft;
	/** What to run: the version, or the draft if it was changed. */
	config: TryRequest['config'];
	/** Why it cannot be run as it is. */
	problem: string | undefined;
	/** What it is tried on. */
	tryInputs: TryInputs;
}

/** Tries the prompt, as it is in the editor, on inputs that were logged or are typed in. */
export function TryPanel({ projectId, draft, config, problem, tryInputs }: TryPanelProps) {
	const { tried, change, take } = tryInputs;
	const { inputs, messages, log } = tried;
	const [samples, setSamples] = useState(1);
	const { run, start, stop } = useTry();
	const names = inputsOf(draft);
	const missing = names.filter((name) => inputs[name] === undefined);
	/** The variables that had no value when it was run. */
	const [empty, setEmpty] = useState<string[]>([]);
	const begin = () => {
		setEmpty(names.filter((name) => toText(inputs[name]).trim() === ''));
		void start({
			...{ config, isChat: isChat(draft), projectId, samples },
			inputs: { ...Object.fromEntries(missing.map((name) => [name, ''])), ...inputs },
			messages: messages.filter((message) => !isEmpty(message)),
		});
	};
	return (
		<section aria-labelledby="try-heading" className={classes.try}>
			<Title order={2} id="try-heading" mb="md">
				Try it
			</Title>
			<Stack gap="md">
				<LoggedInputs projectId={projectId} chosen={log} onChoose={take} />
				<InputFields names={names} inputs={inputs} onChange={(some) => change({ inputs: some })} />
				{isChat(draft) && <MessageFields messages={messages} onChange={(some) => change({ messages: some })} />}
				<Group gap="sm" align="flex-end">
					<NativeSelect
						label="Answers"
						data={['1', '2', '3', '5', '10']}
						value={String(samples)}
						onChange={(event) => setSamples(Number(event.currentTarget.value))}
					/>
					{run?.state === 'running' ? (
						<Button variant="default" onClick={stop}>
							Stop
						</Button>
					) : (
						<PermissionButton role="run" problem={problem} onClick={begin}>
							Run
						</PermissionButton>
					)}
				</Group>
				{problem && (
					<Text size="sm" c="var(--bad)">
						{problem}
					</Text>
				)}
				<div role="status">
					{run && empty.length > 0 && (
						<Text size="sm" c="var(--warn)">
							{list.format(empty)} {empty.length === 1 ? 'was' : 'were'} empty when you pressed Run.
						</Text>
					)}
				</div>
				{run && <Answers run={run} />}
			</Stack>
		</section>
	);
}
