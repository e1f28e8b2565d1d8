import { JsonView } from '../shared/JsonView.tsx';
import { Image } from './Image.tsx';
import classes from './Log.module.css';
import { TextOrJson } from './TextOrJson.tsx';

/** A message of a chat, in the form of the API. A recorded log can have other messages. */
export interface Message {
	role?: unknown;
	name?: unknown;
	content?: unknown;
	tool_calls?: unknown;
	tool_call_id?: unknown;
}

interface Part {
	type?: unknown;
	text?: unknown;
	image_url?: { url?: unknown } | string;
}

interface ToolCall {
	id?: unknown;
	function?: { name?: unknown; arguments?: unknown };
}

function imageUrl({ image_url: image }: Part): string | undefined {
	const url = typeof image === 'object' && image !== null ? image.url : image;
	return typeof url === 'string' ? url : undefined;
}

function MessagePart({ part }: { part: Part }) {
	if (typeof part.text === 'string') return <TextOrJson text={part.text} />;
	const url = imageUrl(part);
	return url === undefined ? <JsonView value={part} /> : <Image url={url} />;
}

function Content({ content }: { content: unknown }) {
	if (content === null || content === undefined || content === '') return null;
	if (typeof content === 'string') return <TextOrJson text={content} />;
	if (!Array.isArray(content)) return <JsonView value={content} />;
	return (content as Part[]).map((part, index) => (
		<div key={index} className={classes.part}>
			<MessagePart part={part} />
		</div>
	));
}

/** The tools that a model wants to call, with their arguments. */
export function ToolCalls({ calls }: { calls: unknown }) {
	if (!Array.isArray(calls) || calls.length === 0) return null;
	return (calls as ToolCall[]).map(({ function: called = {} }, index) => (
		<div key={index} className={classes.toolCall}>
			<p className={classes.toolName}>
				calls <code>{typeof called.name === 'string' ? called.name : 'a tool'}</code>
			</p>
			{typeof called.arguments === 'string' ? (
				<TextOrJson text={called.arguments} />
			) : (
				<JsonView value={called.arguments} />
			)}
		</div>
	));
}

const roleNames: Record<string, string> = {
	system: 'System',
	developer: 'Developer',
	user: 'User',
	assistant: 'Assistant',
	tool: 'Tool',
};

function roleText({ role, name }: Message): string {
	const known = typeof role === 'string' ? (roleNames[role] ?? role) : 'Message';
	return typeof name === 'string' && name !== '' ? `${known} (${name})` : known;
}

/** Messages, one below the other, with who says what. */
export function Conversation({ messages }: { messages: Message[] }) {
	return (
		<ol className={classes.conversation}>
			{messages.map((message, index) => (
				<li key={index} data-role={typeof message.role === 'string' ? message.role : undefined}>
					<p className={classes.role}>{roleText(message)}</p>
					<div className={classes.content}>
						<Content content={message.content} />
						<ToolCalls calls={message.tool_calls} />
					</div>
				</li>
			))}
		</ol>
	);
}
