import { backup } from './backup.ts';
import { budgetsDelete, budgetsList, budgetsSet } from './budgets.ts';
import type { Command } from './command.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { keysCreate, keysList, keysRevoke, keysRotate } from './keys.ts';
import { migrate } from './migrate.ts';
import { move } from './move.ts';
import { restore } from './restore.ts';
import { start } from './start.ts';

/** All commands, in the order of --help. The first one runs if none is named. */
export const commands: readonly Command[] = [
	start,
	keysCreate,
	keysList,
	keysRevoke,
	keysRotate,
	budgetsSet,
	budgetsList,
	budgetsDelete,
	migrate,
	backup,
	restore,
	move,
	importCommand,
	exportCommand,
];
