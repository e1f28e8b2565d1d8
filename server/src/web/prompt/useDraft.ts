import { useCallback, useEffect, useState } from 'react';

import { areEqual, type Draft } from './draft.ts';

export interface StoredDraft {
	draft: Draft;
	/** The newest version of the project when somebody began to edit. null: there was none. */
	newest: string | null;
	changedAt: string;
}

export interface DraftState extends StoredDraft {
	isChanged: boolean;
	/** The draft was in the browser already. */
	isRestored: boolean;
	change: (changes: Partial<Draft>) => void;
	/** Goes back to the base. */
	discard: () => void;
	/** Takes back what was discarded. */
	restore: (discarded: StoredDraft) => void;
}

const keyOf = (projectId: string, baseId: string) => `humanloop-draft:${projectId}:${baseId}`;

function read(key: string): StoredDraft | undefined {
	try {
		const text = localStorage.getItem(key);
		return text === null ? undefined : (JSON.parse(text) as StoredDraft);
	} catch {
		// Blocked storage, or something else wrote there: the page works without.
		return undefined;
	}
}

function write(key: string, draft: StoredDraft | undefined): void {
	try {
		if (draft === undefined) localStorage.removeItem(key);
		else localStorage.setItem(key, JSON.stringify(draft));
	} catch {
		// Full or blocked: the draft lives as long as the tab.
	}
}

/**
 * A draft that stays in this browser, for each project and version that it is based on.
 *
 * @param base what the draft began with
 * @param newest the newest version of the project
 */
export function useDraft(projectId: string, baseId: string, base: Draft, newest: string | null): DraftState {
	const key = keyOf(projectId, baseId);
	const [restored] = useState(() => read(key));
	const [state, setState] = useState<StoredDraft>(restored ?? { draft: base, newest, changedAt: '' });
	const isChanged = !areEqual(state.draft, base);

	useEffect(() => {
		write(key, isChanged ? state : undefined);
	}, [key, state, isChanged]);

	const change = useCallback(
		(changes: Partial<Draft>) =>
			setState((before) => ({
				...before,
				draft: { ...before.draft, ...changes },
				changedAt: new Date().toISOString(),
			})),
		[],
	);
	const discard = useCallback(() => {
		write(key, undefined);
		setState({ draft: base, newest, changedAt: '' });
	}, [key, base, newest]);
	return { ...state, isChanged, isRestored: restored !== undefined, change, discard, restore: setState };
}
