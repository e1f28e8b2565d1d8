import { fencesOf, type Fence } from './markdown.ts';

export interface Command {
	/** On one line, without comments and without the variables that are set before it. */
	text: string;
	/** Such as `README.md:37`. */
	place: string;
}

const programs =
	/^(?:npm|npx|node|docker|curl|export|unset|cd|git|cp|chmod|mkdir|sudo|tar|humanloop-server (?!listens))\b/;

/** Whether a fence has commands to type. One that names no language has them if it begins with a program. */
export function isShell({ language, text }: Fence): boolean {
	return ['sh', 'bash', 'shell', 'console'].includes(language) || (language === '' && programs.test(assigned(text)));
}

/** The commands of a page's fences, one after the other. */
export function commandsOf(file: string, page: string): Command[] {
	return fencesOf(page)
		.filter(isShell)
		.flatMap(({ text, line }) =>
			splitCommands(text).map((command) => ({ text: assigned(command) || command, place: `${file}:${line}` })),
		);
}

/** Splits a script at line ends and `&&`, but not within quotes, parentheses and documents (`<<EOF`). */
export function splitCommands(script: string): string[] {
	const text = script.replace(/\\\n\s*/g, ' ').replace(/<<-?\s*'?(\w+)'?.*?\n(.*?)^\s*\1$/gms, '<<$1');
	const commands: string[] = [];
	let [command, quote, depth] = ['', '', 0];
	for (let at = 0; at < text.length; at++) {
		const character = text[at]!;
		if (quote !== '') {
			if (character === quote) quote = '';
		} else if (character === '"' || character === "'") {
			quote = character;
		} else if (character === '#' && /(?:^|\s)$/.test(command)) {
			while (at + 1 < text.length && text[at + 1] !== '\n') at++;
			continue;
		} else if (character === '(') {
			depth++;
		} else if (character === ')') {
			depth--;
		} else if (depth === 0 && (character === '\n' || text.startsWith('&&', at))) {
			commands.push(command);
			command = '';
			if (character === '&') at++;
			continue;
		}
		command += character;
	}
	return [...commands, command].map((each) => each.trim().replace(/\s+/g, ' ')).filter(Boolean);
}

/** A command without the variables that are set for it alone, and without a prompt. */
function assigned(command: string): string {
	return command.replace(/^\$ /, '').replace(/^(?:[A-Z_][A-Z0-9_]*=(?!\$\()(?:"[^"]*"|'[^']*'|\S)*\s+)+/, '');
}
