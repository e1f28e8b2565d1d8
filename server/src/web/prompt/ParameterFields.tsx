import { NativeSelect, SimpleGrid, Textarea, TextInput } from '@mantine/core';

import type { Draft } from './draft.ts';
import { JsonField } from './JsonField.tsx';
import { NumberField } from './NumberField.tsx';

interface FieldsProps {
	draft: Draft;
	change: (changes: Partial<Draft>) => void;
}

/** Stop sequences, one a line. */
function StopField({ draft, change }: FieldsProps) {
	const lines = [draft.stop ?? []].flat().join('\n');
	return (
		<Textarea
			label="Stop at"
			description="Texts that end the answer, one a line."
			autosize
			minRows={1}
			maxRows={5}
			value={lines}
			onChange={(event) => {
				const texts = event.currentTarget.value.split('\n');
				change({ stop: texts.every((text) => text === '') ? undefined : texts });
			}}
		/>
	);
}

const effortOf = (text: string): string | number | undefined =>
	text === '' ? undefined : /^\d+$/.test(text) ? Number(text) : text;

/** How the model answers. What is empty is up to the provider. */
export function ParameterFields({ draft, change }: FieldsProps) {
	const maxTokens = draft.max_tokens ?? -1;
	return (
		<SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md" verticalSpacing="md">
			<NumberField
				{...{ label: 'Temperature', step: 0.1, min: 0, max: 2, placeholder: '1' }}
				value={draft.temperature ?? undefined}
				onChange={(temperature) => change({ temperature })}
			/>
			<NumberField
				{...{ label: 'Longest answer', description: 'In tokens.', step: 1, min: 1, placeholder: 'no limit' }}
				value={maxTokens === -1 ? undefined : maxTokens}
				onChange={(max_tokens) => change({ max_tokens: max_tokens ?? -1 })}
			/>
			<TextInput
				label="Reasoning effort"
				description="For reasoning models."
				list="reasoning-efforts"
				placeholder="the model’s own"
				value={String(draft.reasoning_effort ?? '')}
				onChange={(event) => change({ reasoning_effort: effortOf(event.currentTarget.value) })}
			/>
			<datalist id="reasoning-efforts">
				{['minimal', 'low', 'medium', 'high'].map((effort) => (
					<option key={effort} value={effort} />
				))}
			</datalist>
			<NumberField
				{...{ label: 'Top p', step: 0.05, min: 0, max: 1, placeholder: '1' }}
				value={draft.top_p ?? undefined}
				onChange={(top_p) => change({ top_p })}
			/>
			<NumberField
				{...{ label: 'Presence penalty', step: 0.1, min: -2, max: 2, placeholder: '0' }}
				value={draft.presence_penalty ?? undefined}
				onChange={(presence_penalty) => change({ presence_penalty })}
			/>
			<NumberField
				{...{ label: 'Frequency penalty', step: 0.1, min: -2, max: 2, placeholder: '0' }}
				value={draft.frequency_penalty ?? undefined}
				onChange={(frequency_penalty) => change({ frequency_penalty })}
			/>
			<NumberField
				{...{ label: 'Seed', step: 1, placeholder: 'random' }}
				value={draft.seed ?? undefined}
				onChange={(seed) => change({ seed })}
			/>
			<NativeSelect
				label="Template language"
				data={[
					{ value: 'default', label: '{{variables}}' },
					{ value: 'jinja', label: 'Jinja' },
				]}
				value={draft.template_language ?? 'default'}
				onChange={(event) => {
					const isJinja = event.currentTarget.value === 'jinja';
					change({ template_language: isJinja ? 'jinja' : undefined });
				}}
			/>
			<StopField draft={draft} change={change} />
		</SimpleGrid>
	);
}

const emptySchema = { type: 'object', properties: {}, required: [], additionalProperties: false };

/** In which form the model must answer: any text, any JSON object, or JSON with a schema. */
export function OutputFields({ draft, change }: FieldsProps) {
	const format = draft.response_format;
	const setFormat = (type: string) => {
		if (type === 'text') return change({ response_format: undefined });
		if (type === 'json_object') return change({ response_format: { type } });
		change({
			response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: emptySchema } },
		});
	};
	return (
		<>
			<NativeSelect
				label="Form of the answer"
				maw={280}
				mb="sm"
				data={[
					{ value: 'text', label: 'Text' },
					{ value: 'json_object', label: 'A JSON object' },
					{ value: 'json_schema', label: 'JSON with a schema' },
				]}
				value={format?.type ?? 'text'}
				onChange={(event) => setFormat(event.currentTarget.value)}
			/>
			{format?.type === 'json_schema' && (
				<JsonField
					label="Schema of the answer"
					kind="object"
					value={format.json_schema ?? emptySchema}
					onChange={(schema) =>
						change({ response_format: { type: 'json_schema', json_schema: schema as Record<string, unknown> } })
					}
				/>
			)}
		</>
	);
}
