import { NativeSelect, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';

import { modelsQuery } from '../api/models.ts';
import type { Draft } from './draft.ts';
import classes from './Prompt.module.css';

/** The choice of provider and model, from those that this server can run and those that versions use. */
export function ModelFields({ draft, change }: { draft: Draft; change: (changes: Partial<Draft>) => void }) {
	const { data: providers = [] } = useQuery(modelsQuery);
	const name = draft.provider ?? 'openai';
	const provider = providers.find((one) => one.name === name);
	const options = providers.filter(({ available }) => available).map((one) => one.name);
	const model = provider?.models.find((one) => one.model === draft.model);
	/** Which model each provider had here. */
	const last = useRef(new Map<string, string>());
	/** The model that goes with another provider: the one it had here, or the one that most versions use. */
	const modelOf = (next: string) => {
		const used = providers.find((one) => one.name === next)?.models ?? [];
		return last.current.get(next) ?? (used.find(({ shut_down_on: end }) => end === null) ?? used[0])?.model ?? '';
	};
	return (
		<>
			<div className={`${classes.fields} ${classes.two}`}>
				<NativeSelect
					label="Provider"
					data={options.includes(name) ? options : [name, ...options]}
					value={name}
					onChange={(event) => {
						const next = event.currentTarget.value;
						last.current.set(name, draft.model);
						change({ provider: next, model: modelOf(next) });
					}}
				/>
				<TextInput
					label="Model"
					value={draft.model}
					list="models-of-provider"
					autoComplete="off"
					error={draft.model.trim() === '' ? 'Enter a model.' : undefined}
					onChange={(event) => change({ model: event.currentTarget.value })}
				/>
			</div>
			<datalist id="models-of-provider">
				{provider?.models.map((one) => (
					<option key={one.model} value={one.model} />
				))}
			</datalist>
			{provider?.available === false && (
				<Text size="sm" c="var(--bad)" mt={6}>
					This server cannot run {name}. {provider.reason}
				</Text>
			)}
			{provider?.needs_key === true && (
				<Text size="sm" c="var(--warn)" mt={6}>
					The server has no key for {name}, so you cannot try this here. Calls bring their own key.
				</Text>
			)}
			{model?.shut_down_on && (
				<Text size="sm" c="var(--warn)" mt={6}>
					{name} shuts this model down on {model.shut_down_on}
					{model.successor === null ? '.' : ` and names ${model.successor} in its place.`}
				</Text>
			)}
		</>
	);
}
