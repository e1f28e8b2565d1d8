import {
	cursorCharLeft,
	cursorCharRight,
	cursorDocEnd,
	cursorDocStart,
	cursorGroupLeft,
	cursorGroupRight,
	cursorLineBoundaryBackward,
	cursorLineBoundaryForward,
	cursorLineBoundaryLeft,
	cursorLineBoundaryRight,
	cursorLineDown,
	cursorLineUp,
	cursorPageDown,
	cursorPageUp,
	deleteGroupBackward,
	deleteGroupForward,
	deleteLineBoundaryBackward,
	deleteLineBoundaryForward,
	insertNewlineKeepIndent,
	selectAll,
	selectCharLeft,
	selectCharRight,
	selectDocEnd,
	selectDocStart,
	selectGroupLeft,
	selectGroupRight,
	selectLineBoundaryBackward,
	selectLineBoundaryForward,
	selectLineBoundaryLeft,
	selectLineBoundaryRight,
	selectLineDown,
	selectLineUp,
	selectPageDown,
	selectPageUp,
} from '@codemirror/commands';
import { EditorSelection, Transaction } from '@codemirror/state';
import type { Command, KeyBinding } from '@codemirror/view';

/** Deletes what is selected, or the next character. CodeMirror's own command knows the indents of programming languages. */
const deleteChar =
	(isForward: boolean): Command =>
	(view) => {
		const { state } = view;
		if (state.readOnly) return false;
		const spec = state.changeByRange((range) => {
			const end = range.empty ? view.moveByChar(range, isForward).head : range.anchor;
			const [from, to] = [Math.min(end, range.head), Math.max(end, range.head)];
			return { changes: { from, to }, range: EditorSelection.cursor(from) };
		});
		if (spec.changes.empty) return false;
		const userEvent = isForward ? 'delete.forward' : 'delete.backward';
		view.dispatch(state.update(spec, { scrollIntoView: true, annotations: Transaction.userEvent.of(userEvent) }));
		return true;
	};

/**
 * The keys of every text field, as in CodeMirror's own list of them. That list has commands for programming languages too, which
 * would bring a parser: a tenth of the page.
 */
export const textKeymap: KeyBinding[] = [
	{ key: 'ArrowLeft', run: cursorCharLeft, shift: selectCharLeft, preventDefault: true },
	{ key: 'Mod-ArrowLeft', mac: 'Alt-ArrowLeft', run: cursorGroupLeft, shift: selectGroupLeft, preventDefault: true },
	{ mac: 'Cmd-ArrowLeft', run: cursorLineBoundaryLeft, shift: selectLineBoundaryLeft, preventDefault: true },
	{ key: 'ArrowRight', run: cursorCharRight, shift: selectCharRight, preventDefault: true },
	{
		key: 'Mod-ArrowRight',
		mac: 'Alt-ArrowRight',
		run: cursorGroupRight,
		shift: selectGroupRight,
		preventDefault: true,
	},
	{ mac: 'Cmd-ArrowRight', run: cursorLineBoundaryRight, shift: selectLineBoundaryRight, preventDefault: true },
	{ key: 'ArrowUp', run: cursorLineUp, shift: selectLineUp, preventDefault: true },
	{ mac: 'Cmd-ArrowUp', run: cursorDocStart, shift: selectDocStart },
	{ key: 'ArrowDown', run: cursorLineDown, shift: selectLineDown, preventDefault: true },
	{ mac: 'Cmd-ArrowDown', run: cursorDocEnd, shift: selectDocEnd },
	{ key: 'PageUp', mac: 'Ctrl-ArrowUp', run: cursorPageUp, shift: selectPageUp },
	{ key: 'PageDown', mac: 'Ctrl-ArrowDown', run: cursorPageDown, shift: selectPageDown },
	{ mac: 'PageUp', run: cursorPageUp, shift: selectPageUp },
	{ mac: 'PageDown', run: cursorPageDown, shift: selectPageDown },
	{ key: 'Home', run: cursorLineBoundaryBackward, shift: selectLineBoundaryBackward, preventDefault: true },
	{ key: 'Mod-Home', run: cursorDocStart, shift: selectDocStart },
	{ key: 'End', run: cursorLineBoundaryForward, shift: selectLineBoundaryForward, preventDefault: true },
	{ key: 'Mod-End', run: cursorDocEnd, shift: selectDocEnd },
	{ key: 'Enter', run: insertNewlineKeepIndent, shift: insertNewlineKeepIndent },
	{ key: 'Mod-a', run: selectAll },
	{ key: 'Backspace', run: deleteChar(false), shift: deleteChar(false), preventDefault: true },
	{ key: 'Delete', run: deleteChar(true), preventDefault: true },
	{ key: 'Mod-Backspace', mac: 'Alt-Backspace', run: deleteGroupBackward, preventDefault: true },
	{ key: 'Mod-Delete', mac: 'Alt-Delete', run: deleteGroupForward, preventDefault: true },
	{ mac: 'Mod-Backspace', run: deleteLineBoundaryBackward, preventDefault: true },
	{ mac: 'Mod-Delete', run: deleteLineBoundaryForward, preventDefault: true },
];
