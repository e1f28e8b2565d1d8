import { Skeleton } from '@mantine/core';
import { lazy, Suspense, type ComponentProps } from 'react';

const CodeEditor = lazy(() => import('./CodeEditor.tsx'));

/** CodeEditor, which is loaded when it is first needed. */
export function LazyEditor(props: ComponentProps<typeof CodeEditor>) {
	const lines = Math.min(12, props.value.split('\n').length);
	return (
		<Suspense fallback={<Skeleton height={24 + lines * 22} />}>
			<CodeEditor {...props} />
		</Suspense>
	);
}
