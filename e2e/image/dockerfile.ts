/** One instruction of a Dockerfile, with its lines joined. */
export interface Instruction {
	/** In upper case, such as COPY. */
	name: string;
	text: string;
}

/** What begins with a FROM. */
export interface Stage {
	name: string;
	image: string;
	instructions: Instruction[];
}

/** Reads a Dockerfile without heredocs and parser directives. The defaults of ARGs before the first FROM are filled in. */
export function readStages(dockerfile: string): Stage[] {
	const text = dockerfile.replace(/^\s*#.*\n/gm, '').replace(/\\\n/g, ' ');
	const args = new Map<string, string>();
	const stages: Stage[] = [];
	for (const line of text.split('\n').filter((each) => each.trim())) {
		const [, name, rest] = /^(\w+)\s+(.*)$/.exec(line.trim())!;
		const instruction = { name: name!.toUpperCase(), text: rest!.trim() };
		const stage = stages.at(-1);
		if (instruction.name === 'FROM') stages.push(stageOf(instruction.text, args));
		else if (stage) stage.instructions.push(instruction);
		else if (instruction.name === 'ARG') args.set(...(instruction.text.split('=', 2) as [string, string]));
	}
	return stages;
}

function stageOf(text: string, args: Map<string, string>): Stage {
	const words = text.replace(/\$\{(\w+)\}/g, (_, arg: string) => args.get(arg) ?? '').split(/\s+/);
	const [image, , name] = words.filter((word) => !word.startsWith('--'));
	return { name: name ?? '', image: image!, instructions: [] };
}

/** The stage's last instruction with that name. */
export function last({ instructions }: Stage, name: string): string | undefined {
	return instructions.findLast((instruction) => instruction.name === name)?.text;
}

/** The arguments of an instruction in exec form, such as ["node", "main.js"]. */
export function execForm(text: string): string[] {
	return JSON.parse(text) as string[];
}

/** The variables that ENV instructions of the form `A=b C=d` set. */
export function environmentOf({ instructions }: Stage): Record<string, string> {
	const pairs = instructions.filter(({ name }) => name === 'ENV').flatMap(({ text }) => text.split(/\s+/));
	return Object.fromEntries(pairs.map((pair) => pair.split('=', 2) as [string, string]));
}

/** Whether a .dockerignore keeps a path out: the last line that matches the path or a folder above it decides. */
export function isIgnored(dockerignore: string, path: string): boolean {
	const parts = path.split('/');
	const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
	let ignored = false;
	for (const line of dockerignore.split('\n').map((each) => each.trim())) {
		if (!line || line.startsWith('#')) continue;
		const isException = line.startsWith('!');
		const pattern = toPattern(isException ? line.slice(1) : line);
		if (paths.some((each) => pattern.test(each))) ignored = !isException;
	}
	return ignored;
}

function toPattern(glob: string): RegExp {
	const source = glob
		.replace(/[.+^${}()|[\]\\]/g, '\\$&')
		.replace(/\*\*\//g, '\0')
		.replace(/\*/g, '[^/]*')
		.replace(/\0/g, '(.*/)?');
	return new RegExp(`^${source}$`);
}
