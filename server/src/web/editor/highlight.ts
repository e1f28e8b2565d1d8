import {
	Decoration,
	MatchDecorator,
	ViewPlugin,
	type DecorationSet,
	type EditorView,
	type ViewUpdate,
} from '@codemirror/view';

import { jinjaPart, placeholder } from './variables.ts';

const classOf = (text: string) =>
	text.startsWith('{{') ? 'cm-variable' : text.startsWith('{%') ? 'cm-statement' : 'cm-comment';

/** Highlights the variables of a template, and Jinja's statements and comments. */
export function highlightVariables(language: 'default' | 'jinja') {
	const decorator = new MatchDecorator({
		regexp: language === 'jinja' ? jinjaPart : placeholder,
		decoration: ([text]) => Decoration.mark({ class: classOf(text) }),
	});
	return ViewPlugin.fromClass(
		class {
			decorations: DecorationSet;
			constructor(view: EditorView) {
				this.decorations = decorator.createDeco(view);
			}
			update(update: ViewUpdate) {
				this.decorations = decorator.updateDeco(update, this.decorations);
			}
		},
		{ decorations: ({ decorations }) => decorations },
	);
}
