import { ActionIcon, Button, Group, NativeSelect, Text } from '@mantine/core';
import ArrowUp from 'lucide-react/icons/arrow-up';
import Trash from 'lucide-react/icons/trash-2';

import type { ChatMessage } from '../../contract/messages.ts';
import { LazyEditor } from '../editor/LazyEditor.tsx';
import { JsonView } from '../shared/JsonView.tsx';
import { isChat, languageOf, type Draft } from './draft.ts';
import classes from './Prompt.module.css';

const roles = ['system', 'developer', 'user', 'assistant', 'tool'];

interface MessageProps {
	message: ChatMessage;
	number: number;
	language: 'default' | 'jinja';
	onChange: (message: ChatMessage) => void;
	onRemove: () => void;
	onMoveUp: (() => void) | undefined;
}

/** A message of a chat template: its role and its text. Images and tool calls are shown, and stay as they are. */
function Message({ message, number, language, onChange, onRemove, onMoveUp }: MessageProps) {
	const { content, tool_calls: toolCalls } = message;
	const name = `Message ${number}`;
	return (
		<div className={classes.message} role="group" aria-label={name}>
			<Group gap="xs" mb={6} wrap="nowrap">
				<NativeSelect
					size="xs"
					aria-label={`Role of message ${number}`}
					data={roles}
					value={message.role}
					onChange={(event) => onChange({ ...message, role: event.currentTarget.value as ChatMessage['role'] })}
				/>
				<Group gap={2} ml="auto" wrap="nowrap">
					{onMoveUp && (
						<ActionIcon variant="subtle" color="gray" aria-label={`Move message ${number} up`} onClick={onMoveUp}>
							<ArrowUp size={15} aria-hidden />
						</ActionIcon>
					)}
					<ActionIcon variant="subtle" color="gray" aria-label={`Remove message ${number}`} onClick={onRemove}>
						<Trash size={15} aria-hidden />
					</ActionIcon>
				</Group>
			</Group>
			{typeof content === 'string' || content === null || content === undefined ? (
				<LazyEditor
					label={`Text of message ${number}`}
					language={language}
					value={content ?? ''}
					placeholder="What the model is told. {{name}} is an input."
					onChange={(text) => onChange({ ...message, content: text })}
				/>
			) : (
				<JsonView value={content} />
			)}
			{toolCalls && toolCalls.length > 0 && <JsonView value={toolCalls} />}
		</div>
	);
}

/** Moves an item one place up. */
function movedUp<T>(items: readonly T[], index: number): T[] {
	const after = [...items];
	[after[index - 1], after[index]] = [after[index]!, after[index - 1]!];
	return after;
}

function ChatTemplate({ draft, change }: { draft: Draft; change: (changes: Partial<Draft>) => void }) {
	const messages = (draft.chat_template ?? []) as ChatMessage[];
	const set = (next: ChatMessage[]) => change({ chat_template: next });
	return (
		<>
			{messages.map((message, index) => (
				<Message
					// Messages have no ID. What is edited keeps its own text, so a moved one is drawn again.
					key={`${index} of ${messages.length}`}
					message={message}
					number={index + 1}
					language={languageOf(draft)}
					onChange={(changed) => set(messages.with(index, changed))}
					onRemove={() => set(messages.toSpliced(index, 1))}
					onMoveUp={index === 0 ? undefined : () => set(movedUp(messages, index))}
				/>
			))}
			{messages.length === 0 && (
				<Text c="dimmed" mb="sm">
					No message yet: a call brings all of them.
				</Text>
			)}
			<Button
				variant="default"
				size="xs"
				onClick={() => set([...messages, { role: messages.length === 0 ? 'system' : 'user', content: '' }])}
			>
				Add a message
			</Button>
		</>
	);
}

/** The template: one text for a completion, messages with roles for a chat. */
export function TemplateFields({ draft, change }: { draft: Draft; change: (changes: Partial<Draft>) => void }) {
	if (isChat(draft)) return <ChatTemplate draft={draft} change={change} />;
	return (
		<LazyEditor
			label="Template"
			language={languageOf(draft)}
			value={draft.prompt_template ?? ''}
			placeholder="What the model is told. {{name}} is an input."
			onChange={(text) => change({ prompt_template: text })}
		/>
	);
}
