import { maxLimit, periods } from '../contract/budgets.ts';
import { commandLine } from '../domain/audit.ts';
import { type BudgetRecord, type BudgetSubject, type Period, remainingOf, renewsAt } from '../domain/budget.ts';
import { deleteBudget, setBudget, subjectOfKey } from '../domain/budgets/changeBudgets.ts';
import { dollars } from '../domain/budgets/refusals.ts';
import { toNanos } from '../domain/costs/cost.ts';
import { OperatorError } from '../domain/operatorError.ts';
import type { Store } from '../domain/store.ts';
import { type CommandInput, defineCommand } from './command.ts';
import { print, printError } from './output.ts';
import { alignedLines, shortened } from './textTable.ts';
import { databaseSettings, requireDatabase } from './withDatabase.ts';
import { withStore } from './withStore.ts';

type Values = CommandInput<never>['values'];

/** Billionths of a dollar. Throws OperatorError for what is no such amount. */
function limitOf(value: Values[string]): number {
	const dollarsPerPeriod = Number(value);
	if (!/^\d{1,7}(\.\d{1,9})?$/.test(String(value)) || dollarsPerPeriod > maxLimit) {
		throw new OperatorError(`--limit must be US dollars, from 0 to ${maxLimit}, such as 20 or 0.5.`);
	}
	return toNanos(dollarsPerPeriod);
}

/** Whose calls the budget counts. Throws OperatorError unless one of the two options is there, and ApiError if it does not exist. */
async function subjectIn(store: Store, { key, project }: Values): Promise<BudgetSubject> {
	if ((key === undefined) === (project === undefined)) {
		throw new OperatorError('Name either an API key with --key or a project with --project.');
	}
	// The server's environment says whether it has such a key, and a command need not have the same.
	if (key !== undefined) return subjectOfKey(store, String(key), Date.now(), true);
	const found = (await store.projectById(String(project))) ?? (await store.projectByName(String(project)));
	if (found === undefined)
		throw new OperatorError(`There is no project with the ID or name ${JSON.stringify(project)}.`);
	return { kind: 'project', subject: found.id };
}

function nameOf({ kind, name, subject }: BudgetRecord): string {
	// The subject of an API key that is gone is a hash.
	return kind === 'project' ? `project ${name ?? subject}` : `key ${name ?? '(deleted)'}`;
}

/** Amounts with four decimals at most, rounded down. */
function amount(nanos: number): string {
	return dollars(nanos - (nanos % 100_000));
}

/** Budgets as lines of at most 80 columns, with a heading. */
function budgetTable(budgets: BudgetRecord[]): string[] {
	return alignedLines([
		['ID', 'OF', 'PERIOD', 'LIMIT', 'LEFT'],
		...budgets.map((budget) => {
			const { id, period, limitNanos } = budget;
			return [id, shortened(nameOf(budget)), period, amount(limitNanos), amount(remainingOf(budget))];
		}),
	]);
}

export const budgetsSet = defineCommand({
	name: 'budgets set',
	summary: 'Set how much the calls of an API key, or those in a project, may cost.',
	details: 'If there is a budget for the period, only its limit changes. A new one\ncounts the calls from now on.',
	options: [
		{ flags: '--key <key>', about: 'The ID or the name of an API key, or HUMANLOOP_API_KEY.' },
		{ flags: '--project <project>', about: 'The ID or the name of a project.' },
		{ flags: '--period <period>', about: 'In UTC.', choices: periods, isRequired: true },
		{ flags: '--limit <dollars>', about: 'US dollars for each period, such as 20 or 0.5.', isRequired: true },
	],
	settings: databaseSettings,
	async run({ settings, values }) {
		const limitNanos = limitOf(values['limit']);
		requireDatabase(settings);
		await withStore(settings, async (store) => {
			const subject = await subjectIn(store, values);
			const period = values['period'] as Period;
			const now = Date.now();
			const id = await setBudget(store, subject, { period, limitNanos }, { actor: commandLine, now });
			const [budget] = await store.budgetRecords(now, id);
			if (budget === undefined) throw new OperatorError('The budget was deleted at the same moment.');
			printError(
				`The budget ${id} of the ${nameOf(budget)} is ${dollars(limitNanos)} for a ${period}. ` +
					`${dollars(remainingOf(budget))} is left until ${renewsAt(budget)}. Servers that are running use it within a second.`,
			);
			print(id);
		});
	},
});

export const budgetsList = defineCommand({
	name: 'budgets list',
	summary: 'List the budgets, in US dollars.',
	details: 'LEFT is what calls may still cost in this period. Amounts have four decimals at\nmost, rounded down.',
	settings: databaseSettings,
	async run({ settings }) {
		requireDatabase(settings);
		await withStore(settings, async (store) => {
			for (const line of budgetTable(await store.budgetRecords(Date.now()))) print(line);
		});
	},
});

export const budgetsDelete = defineCommand({
	name: 'budgets delete',
	summary: 'Delete a budget: its calls are not limited any more.',
	argument: { name: '<id>', about: 'Its ID.' },
	settings: databaseSettings,
	async run({ settings, values }) {
		requireDatabase(settings);
		await withStore(settings, async (store) => {
			const id = String(values['id']);
			if (!(await deleteBudget(store, id, { actor: commandLine, now: Date.now() }))) {
				throw new OperatorError(`There is no budget ${JSON.stringify(id)}. Look for its ID in the list of budgets.`);
			}
			printError(`Deleted the budget ${id}. Servers that are running stop using it within a second.`);
		});
	},
});
