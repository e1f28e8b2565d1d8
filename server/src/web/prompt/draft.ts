import type { ChatMessage } from '../../contract/messages.ts';
import type { DraftDescription, InlineModelConfig, ModelConfigResponse } from '../../contract/modelConfigs.ts';
import { variablesOf } from '../editor/variables.ts';

/** A version as it is edited: what POST /model-configs takes, without name and description. */
export type Draft = Omit<InlineModelConfig, 'name' | 'description'>;

/** The description of what was tried in the editor. Lists leave it out, and the server does not deploy it, until it is saved. */
export const triedDescription: DraftDescription = 'Tried in the editor, not saved.';

const draftOf = 'Draft of ';

/** The name of what is tried, after the version that it is based on. */
export const draftName = (base: string | null) => `${draftOf}${versionStem(base)}`;

/** The name of the version that a draft is based on, or the name itself. */
export const versionStem = (name: string | null) => (name ?? 'a version').replace(draftOf, '');

/** Whether somebody has saved a version, and not only tried it. */
export const isSaved = ({ description }: Pick<ModelConfigResponse, 'description'>) => description !== triedDescription;

/** A tool as it was registered: responses add an ID and a name if it had none. */
function withoutGenerated({ id, name, ...tool }: Record<string, unknown>): Record<string, unknown> {
	const isOwn = typeof id === 'string' && !('parameters' in tool);
	return { ...(isOwn ? { id } : {}), ...(name === id ? {} : { name }), ...tool };
}

/** What a version consists of. What it does not set is left out, so that an unchanged draft is the same version. */
export function toDraft(config: ModelConfigResponse): Draft {
	const { id: _id, type: _type, name: _name, description: _note, tool_configs: _tools, ...parameters } = config;
	const tools = parameters.tools?.map((tool) => withoutGenerated(tool as Record<string, unknown>));
	const known = Object.entries({ ...parameters, tools }).filter(([, value]) => value !== null && value !== undefined);
	return Object.fromEntries(known) as unknown as Draft;
}

/** A new prompt. */
export function emptyDraft(kind: 'complete' | 'chat', provider: string, model: string): Draft {
	const template =
		kind === 'chat' ? { chat_template: [{ role: 'system' as const, content: '' }] } : { prompt_template: '' };
	return { endpoint: kind, provider, model, temperature: 1, max_tokens: -1, ...template };
}

export const isChat = ({ endpoint }: Draft) => endpoint === 'chat';

export const languageOf = ({ template_language: language }: Draft) => (language === 'jinja' ? 'jinja' : 'default');

/** The texts of a message. Images and tool calls have no variables that the editor lists. */
function textsOf({ content }: ChatMessage): string[] {
	if (typeof content === 'string') return [content];
	return (content ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : []));
}

/** The names of the inputs that a draft needs. */
export function inputsOf(draft: Draft): string[] {
	const templates = isChat(draft)
		? ((draft.chat_template ?? []) as ChatMessage[]).flatMap(textsOf)
		: [draft.prompt_template ?? ''];
	return variablesOf(templates, languageOf(draft));
}

/** The value with its keys in one order, and without those that are not set. */
function normalized(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(normalized);
	if (typeof value !== 'object' || value === null) return value;
	const members = Object.entries(value)
		.filter(([, member]) => member !== null && member !== undefined)
		.toSorted(([a], [b]) => (a < b ? -1 : 1));
	return Object.fromEntries(members.map(([name, member]) => [name, normalized(member)]));
}

/** The contract's defaults. A draft that sets one is the same as one that does not. */
const defaults = { max_tokens: -1, temperature: 1, top_p: 1, presence_penalty: 0, frequency_penalty: 0, other: {} };

/** Whether two drafts are the same version. */
export function areEqual(one: Draft, other: Draft): boolean {
	const text = (draft: Draft) => JSON.stringify(normalized({ ...defaults, ...draft }));
	return text(one) === text(other);
}
