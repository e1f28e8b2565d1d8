/** What a command of the docs may name: scripts of npm, commands and options of the server, and variables. */
export interface Known {
	/** Names of the root's npm scripts, and of the server's. */
	scripts: ReadonlySet<string>;
	serverScripts: ReadonlySet<string>;
	/** The options of each command of humanloop-server, such as `keys create`. */
	serverCommands: ReadonlyMap<string, ReadonlySet<string>>;
	/** Whether some program reads this environment variable. */
	isVariable: (name: string) => boolean;
	/** Whether the program that an npm script starts takes this option. */
	scriptTakes: (script: string, option: string) => boolean;
}

const ofNpm = new Set(['start', 'test', 'install-test']);
const serverProgram = /(?:^|\s|\()(?:\S*\/)?(?:humanloop-server(?:\.cjs)?|npm run server --)(?=\s|$)/;

/** Why a command cannot work as it is written; undefined if nothing speaks against it. */
export function problemOfCommand(command: string, known: Known): string | undefined {
	const words = command.split(' ').filter((word) => word !== '…');
	const isOther = /^(?:npm (?!run server --)|docker build )/.test(command);
	const server = isOther ? null : serverProgram.exec(command);
	if (server) return problemOfServer(wordsOf(command.slice(server.index + server[0].length)), known);
	if (words[0] !== 'npm') return undefined;
	const script = words[1] === 'run' ? words.slice(2).find((word) => !word.startsWith('-')) : words[1];
	if (words[1] !== 'run' && !ofNpm.has(words[1] ?? '')) return undefined;
	const isServer = /(?:-w|--workspace)[ =]humanloop-server/.test(command);
	const scripts = isServer ? known.serverScripts : known.scripts;
	if (script && script !== 'install-test' && !scripts.has(script)) return `there is no npm script "${script}"`;
	const at = words.indexOf('--');
	const options = at < 0 ? [] : words.slice(at + 1).filter((word) => word.startsWith('--'));
	const unknown = options.find((option) => script && !known.scriptTakes(script, option.split('=')[0]!));
	return unknown && `npm run ${script} takes no ${unknown}`;
}

function problemOfServer(words: string[], { serverCommands }: Known): string | undefined {
	const isOption = (word: string | undefined) => word === undefined || word.startsWith('-');
	const name = isOption(words[0])
		? 'start'
		: [words.slice(0, 2).join(' '), words[0]!].find((each) => serverCommands.has(each));
	if (name === undefined) {
		// A group, such as `keys`, can be named alone.
		const isGroup = [...serverCommands.keys()].some((each) => each.startsWith(`${words[0]} `));
		return isGroup && words.length === 1
			? undefined
			: `humanloop-server has no command "${words.slice(0, 2).join(' ')}"`;
	}
	const options = serverCommands.get(name)!;
	const ofProgram = ['--help', '-h', '--version', '-v'];
	const used = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split('=')[0]!);
	const unknown = used.find((word) => !options.has(word) && !ofProgram.includes(word));
	return unknown && `humanloop-server ${name} has no option ${unknown}`;
}

/** The words of a command line up to a redirection, a pipe, or the end of parentheses. */
function wordsOf(text: string): string[] {
	const words = text
		.replace(/\s+(?:[|>;)&]|2>).*$/, '')
		.replace(/\)$/, '')
		.trim();
	return (words.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).filter((word) => word !== '…' && word !== '\\');
}

/** The names in a text that have the form of an environment variable. */
export function variablesIn(code: string): string[] {
	return [...code.matchAll(/(?<![\w.])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w(]|…|\*)/g)].map(([name]) => name);
}
