import { history, historyKeymap } from '@codemirror/commands';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, placeholder as placeholderText } from '@codemirror/view';
import { useEffect, useRef } from 'react';

import { textKeymap } from './keymap.ts';
import { editorTheme } from './theme.ts';
import { highlightVariables } from './highlight.ts';

interface CodeEditorProps {
	value: string;
	onChange?: (value: string) => void;
	/** What is edited, for screen readers. */
	label: string;
	/** What is highlighted. */
	language: 'default' | 'jinja' | 'json';
	placeholder?: string;
	isReadOnly?: boolean;
}

const languageOf = (language: CodeEditorProps['language']): Extension =>
	language === 'json' ? [] : highlightVariables(language);

/** A text editor with its own undo. Tab moves on to the next field, as in every other one. */
export default function CodeEditor({ value, onChange, label, language, placeholder, isReadOnly }: CodeEditorProps) {
	const parent = useRef<HTMLDivElement>(null);
	const view = useRef<EditorView>(undefined);
	const report = useRef(onChange);
	useEffect(() => {
		report.current = onChange;
	});
	const languageSlot = useRef(new Compartment());

	useEffect(() => {
		const editor = new EditorView({
			parent: parent.current!,
			state: EditorState.create({
				doc: value,
				extensions: [
					history(),
					keymap.of([...textKeymap, ...historyKeymap]),
					EditorView.lineWrapping,
					EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: language === 'json' ? 'false' : 'true' }),
					EditorView.updateListener.of((update) => {
						if (update.docChanged) report.current?.(update.state.doc.toString());
					}),
					EditorState.readOnly.of(isReadOnly === true),
					placeholder === undefined ? [] : placeholderText(placeholder),
					languageSlot.current.of(languageOf(language)),
					editorTheme,
				],
			}),
		});
		view.current = editor;
		return () => editor.destroy();
		// The editor keeps its own text: it is made once, and the effects below tell it what changes.
	}, [label, placeholder, isReadOnly]);

	useEffect(() => {
		view.current?.dispatch({ effects: languageSlot.current.reconfigure(languageOf(language)) });
	}, [language]);

	useEffect(() => {
		const editor = view.current;
		if (!editor || editor.state.doc.toString() === value) return;
		editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
	}, [value]);

	return <div ref={parent} />;
}
