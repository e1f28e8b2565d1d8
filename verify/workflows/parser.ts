import type { Workflow } from './read.ts';

/** What GitHub's own parser has against a workflow: keys, values and expressions that GitHub would not accept. */
export async function parserErrors({ file, text }: Workflow): Promise<string[]> {
	const { parseWorkflow, NoOperationTraceWriter } = await import('@actions/workflow-parser');
	const { context } = parseWorkflow({ name: file, content: text }, new NoOperationTraceWriter());
	return context.errors.getErrors().map(({ message }) => message);
}
