import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

interface Update {
	'package-ecosystem'?: string;
	directory?: string;
	directories?: string[];
	schedule?: { interval?: string };
	cooldown?: Record<string, number>;
	ignore?: Array<{ 'dependency-name': string }>;
}

interface Element {
	type: string;
	id?: string;
	attributes?: { label?: string; value?: string; options?: unknown[] };
}

const read = (root: string, file: string) => parse(readFileSync(path.join(root, file), 'utf8')) as unknown;

/** Updates without a cool-down, of folders that do not exist, or that ignore what nobody depends on. */
export function wrongUpdates(root: string): string[] {
	const file = '.github/dependabot.yml';
	const { version, updates = [] } = read(root, file) as { version?: number; updates?: Update[] };
	const problems = version === 2 && updates.length > 0 ? [] : [`${file}: no updates of version 2`];
	const dependencies = ['.', 'server'].flatMap((folder) => {
		const { dependencies: own, devDependencies } = read(root, `${folder}/package.json`) as Record<string, object>;
		return Object.keys({ ...own, ...devDependencies });
	});
	for (const { 'package-ecosystem': kind, directory, directories, schedule, cooldown = {}, ignore = [] } of updates) {
		const where = `${file}, ${kind}`;
		for (const folder of directories ?? [directory ?? 'nowhere'])
			if (!existsSync(path.join(root, folder))) problems.push(`${where}: there is no folder ${folder}`);
		if (!schedule?.interval) problems.push(`${where}: no schedule`);
		if (!(cooldown['default-days']! >= 7)) problems.push(`${where}: no cool-down of seven days or more`);
		// GitHub refuses these for everything but npm here.
		if (kind !== 'npm' && Object.keys(cooldown).some((key) => key.startsWith('semver-')))
			problems.push(`${where}: its cool-down cannot tell versions apart`);
		for (const { 'dependency-name': name } of ignore)
			if (!dependencies.includes(name)) problems.push(`${where}: ignores ${name}, which nobody depends on`);
	}
	return problems;
}

/** Issue forms that GitHub would not show. */
export function wrongForms(root: string): string[] {
	const folder = '.github/ISSUE_TEMPLATE';
	const files = readdirSync(path.join(root, folder)).filter((file) => file !== 'config.yml');
	const problems = files.length > 0 ? [] : [`${folder} has no forms`];
	for (const file of files) {
		const form = read(root, `${folder}/${file}`) as { name?: string; description?: string; body?: Element[] };
		const { name, description, body = [] } = form;
		if (!name || !description) problems.push(`${file}: no name, or no description`);
		if (!body.some(({ type }) => type !== 'markdown')) problems.push(`${file}: asks for nothing`);
		const ids = body.flatMap(({ id }) => id ?? []);
		if (new Set(ids).size < ids.length) problems.push(`${file}: an id is there twice`);
		for (const { type, id, attributes = {} } of body) {
			const where = `${file}, ${id ?? type}`;
			if (!['markdown', 'input', 'textarea', 'dropdown', 'checkboxes'].includes(type))
				problems.push(`${where}: no such type`);
			if (!(type === 'markdown' ? attributes.value : attributes.label)) problems.push(`${where}: no text`);
			if (['dropdown', 'checkboxes'].includes(type) && !attributes.options?.length)
				problems.push(`${where}: no options`);
			if (id !== undefined && !/^[a-zA-Z0-9_-]+$/.test(id)) problems.push(`${where}: GitHub does not accept this id`);
		}
	}
	return problems;
}
