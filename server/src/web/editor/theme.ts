import { EditorView } from '@codemirror/view';

/** The editors' look, in the colors of the page's scheme. */
export const editorTheme = EditorView.theme({
	'&': {
		color: 'var(--mantine-color-text)',
		backgroundColor: 'transparent',
		border: '1px solid var(--mantine-color-default-border)',
		borderRadius: 'var(--mantine-radius-sm)',
		fontSize: '0.875rem',
	},
	'&.cm-focused': { outline: '2px solid var(--mantine-color-anchor)', outlineOffset: '-1px' },
	'.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.6' },
	'.cm-content': { padding: '0.625rem 0', caretColor: 'var(--mantine-color-text)', minHeight: '2.75rem' },
	'.cm-line': { padding: '0 0.75rem' },
	'.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
	'.cm-placeholder': { color: 'var(--mantine-color-placeholder)' },
	'.cm-variable': {
		color: 'var(--mantine-color-anchor)',
		backgroundColor: 'color-mix(in srgb, var(--mantine-color-anchor) 10%, transparent)',
		borderRadius: '3px',
		fontWeight: '600',
	},
	'.cm-statement': { color: 'var(--warn)' },
	'.cm-comment': { color: 'var(--mantine-color-dimmed)', fontStyle: 'italic' },
});
