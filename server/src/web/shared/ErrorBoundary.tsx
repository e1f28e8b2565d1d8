import { Component, type ReactNode } from 'react';

import { ErrorState } from './states.tsx';

/** Shows what went wrong in a page, instead of nothing. Another address is a new try. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error?: unknown; at?: string }> {
	override state: { error?: unknown; at?: string } = {};

	static getDerivedStateFromError(error: unknown) {
		return { error, at: location.href };
	}

	override render() {
		const { error, at } = this.state;
		if (error === undefined || at !== location.href) return this.props.children;
		return <ErrorState error={error} retry={() => location.reload()} />;
	}
}
