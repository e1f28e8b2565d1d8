import { type Static, Type } from 'typebox';
import { Body, JsonObject, Name, Nullable, OneOf, Opt } from './fields.ts';

const source = OneOf(['organization', 'inline'], 'Where the tool is defined.');

/** A tool that was called elsewhere, as `config` of POST /logs. */
export const ToolConfigRequest = Body(
	{
		type: Type.Unsafe<'tool'>({ type: 'string', enum: ['tool'] }),
		name: Name({ minLength: 1, description: 'Name of the tool, as the model sees it.' }),
		description: Opt(Type.String({ description: 'Description of the tool, as the model sees it.' })),
		strict: Opt(Type.Boolean({ description: "Whether the model's arguments must match the schema." })),
		parameters: Opt(JsonObject("JSON schema of the tool's arguments.")),
		source: Opt(source),
		source_code: Opt(Type.String({ description: 'Code of the tool. It is stored and never run.' })),
		other: Opt(JsonObject('Further values that define the tool.')),
		preset_name: Opt(Name()),
	},
	{ title: 'ToolConfigRequest', description: 'The tool that made the output.' },
);
type ToolConfigRequest = Static<typeof ToolConfigRequest>;

/** What makes a tool, under the contract's names. A field that is not set is absent. */
export type ToolParameters = { [K in keyof ToolConfigRequest]: NonNullable<ToolConfigRequest[K]> };

export const ToolConfigResponse = Type.Object(
	{
		id: Type.String(),
		other: Nullable(JsonObject('Further values that define the tool.')),
		type: Type.Unsafe<'tool'>({ type: 'string', enum: ['tool'] }),
		created_by: Type.Null(),
		status: Type.String({ description: 'Always committed.' }),
		name: Type.String(),
		description: Nullable(Type.String()),
		source: Nullable(source),
		source_code: Nullable(Type.String()),
		setup_schema: Type.Null(),
		parameters: Nullable(JsonObject("JSON schema of the tool's arguments.")),
		signature: Type.Null(),
		is_preset: Type.Null(),
		preset_name: Nullable(Type.String()),
	},
	{ title: 'ToolConfigResponse' },
);
export type ToolConfigResponse = Static<typeof ToolConfigResponse>;
