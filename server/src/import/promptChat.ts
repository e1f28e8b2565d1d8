type Fail = (line: number, what: string) => Error;

const roles = 'system|user|assistant|developer';
const opening = new RegExp(`^<(${roles})(\\s[^>]*)?>`);

/** Bodies of elements are indented for the eye; what all their lines share is cut. */
function dedent(text: string): string {
	const lines = text.replace(/^\n/, '').trimEnd().split('\n');
	const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
	const shared = indents.length === 0 ? 0 : Math.min(...indents);
	return lines
		.map((line) => line.slice(shared))
		.join('\n')
		.trim();
}

function lineOf(body: string, offset: number, firstLine: number): number {
	return firstLine + body.slice(0, offset).split('\n').length - 1;
}

/**
 * Messages of a chat body: `<role>` elements with text in them. Tools and images inside are refused by name, because
 * they could not be stored faithfully yet. `fail` makes the error for a line of the file.
 */
export function parseChat(body: string, firstLine: number, fail: Fail): Record<string, unknown>[] {
	const messages: Record<string, unknown>[] = [];
	let offset = 0;
	for (;;) {
		offset += (/^\s*/.exec(body.slice(offset)) as RegExpExecArray)[0].length;
		const rest = body.slice(offset);
		if (rest === '') return messages;
		const line = lineOf(body, offset, firstLine);
		const start = opening.exec(rest);
		if (start === null)
			throw fail(
				line,
				`here must stand one of the elements ${roles
					.split('|')
					.map((role) => `<${role}>`)
					.join(', ')}`,
			);
		const [tag, role] = start as unknown as [string, string];
		const end = rest.indexOf(`</${role}>`, tag.length);
		if (end < 0) throw fail(line, `<${role}> is not closed`);
		const content = rest.slice(tag.length, end);
		const nested = /<(tool|image|text)[\s>/]/.exec(content);
		if (nested !== null) {
			throw fail(
				lineOf(body, offset + tag.length + nested.index, firstLine),
				`<${nested[1]}> inside a message is not supported yet`,
			);
		}
		messages.push({ role, content: dedent(content) });
		offset += end + role.length + '</>'.length;
	}
}
