import { type Static, Type } from 'typebox';
import { Body, type WithoutNulls } from './fields.ts';
import { parameterFields } from './modelConfigs.ts';

/** As many characters as a .prompt file can have. */
const maxFileLength = 1024 * 1024;

/** The specification's ModelConfigChatRequest or ModelConfigCompletionRequest. */
export const SerializeRequest = Body(parameterFields, {
	title: 'SerializeRequest',
	description:
		'A config for completions or for chats. Without an endpoint, one with a chat_template or tools is for chats.',
});
export type SerializeRequest = WithoutNulls<Static<typeof SerializeRequest>>;

export const DeserializeRequest = Body(
	{ config: Type.String({ maxLength: maxFileLength, description: 'The text of a .prompt file.' }) },
	{ title: 'Body_ModelConfigs_deserialize', description: 'A .prompt file to read.' },
);
