import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';

import type { Draft } from './draft.ts';
import { NumberField } from '../shared/NumberField.tsx';
import { JsonField } from './JsonField.tsx';
import { numberParameters } from './numberParameters.ts';
import classes from './Prompt.module.css';

interface FieldsProps {
	draft: Draft;
	change: (changes: Partial<Draft>) => void;
}

/** Stop sequences, one a line. */
function StopField({ draft, change }: FieldsProps) {
	const lines = [draft.stop ?? []].flat().join('\n');
	return (
		<Textarea
			label="Stop at, one text a line"
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

/** What is seldom changed. */
function FurtherFields({ draft, change }: FieldsProps) {
	return (
		<div className={`${classes.fields} ${classes.further}`}>
			<NumberField
				{...numberParameters.top_p}
				placeholder="1"
				value={draft.top_p ?? undefined}
				onChange={(top_p) => change({ top_p })}
			/>
			<NumberField
				{...numberParameters.presence_penalty}
				placeholder="0"
				value={draft.presence_penalty ?? undefined}
				onChange={(presence_penalty) => change({ presence_penalty })}
			/>
			<NumberField
				{...numberParameters.frequency_penalty}
				placeholder="0"
				value={draft.frequency_penalty ?? undefined}
				onChange={(frequency_penalty) => change({ frequency_penalty })}
			/>
			<NumberField
				{...numberParameters.seed}
				placeholder="random"
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
		</div>
	);
}

/** Whether one of the fields that are folded away at first is set. */
function hasFurther({ top_p, presence_penalty, frequency_penalty, seed, stop, template_language }: Draft): boolean {
	const isSet = (value: number | null | undefined, usual: number) => (value ?? usual) !== usual;
	const isTuned = isSet(top_p, 1) || isSet(presence_penalty, 0) || isSet(frequency_penalty, 0);
	return isTuned || (seed ?? stop ?? undefined) !== undefined || template_language === 'jinja';
}

/** How the model answers. What is empty is up to the provider. */
export function ParameterFields({ draft, change }: FieldsProps) {
	const maxTokens = draft.max_tokens ?? -1;
	const [isOpen] = useState(() => hasFurther(draft));
	return (
		<>
			<div className={classes.fields}>
				<NumberField
					{...numberParameters.temperature}
					placeholder="1"
					value={draft.temperature ?? undefined}
					onChange={(temperature) => change({ temperature })}
				/>
				<NumberField
					{...numberParameters.max_tokens}
					placeholder="no limit"
					value={maxTokens === -1 ? undefined : maxTokens}
					onChange={(max_tokens) => change({ max_tokens: max_tokens ?? -1 })}
				/>
				<TextInput
					label="Reasoning effort"
					list="reasoning-efforts"
					placeholder="the model’s own"
					value={String(draft.reasoning_effort ?? '')}
					onChange={(event) => change({ reasoning_effort: effortOf(event.currentTarget.value) })}
				/>
			</div>
			<datalist id="reasoning-efforts">
				{['minimal', 'low', 'medium', 'high'].map((effort) => (
					<option key={effort} value={effort} />
				))}
			</datalist>
			<details className={classes.further} open={isOpen}>
				<summary>More parameters</summary>
				<FurtherFields draft={draft} change={change} />
			</details>
		</>
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
