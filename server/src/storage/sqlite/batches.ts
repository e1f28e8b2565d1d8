import type { Statement } from './connection.ts';

/*
 * How statements are sent to a thread. A text is sent once and is a number from then on: to copy texts and to look for what
 * is prepared by them takes longer than to execute some of the statements.
 */

/** For each statement, one after the other: its text or the number of that, its values, and how many rows are expected. */
export type SentStatements = unknown[];

const partsOfStatement = 3;

/** How many texts get a number. Those that come later are always sent. */
const maxNumbered = 400;

/** In UTF-16 code units. A longer text has a list of values, and hardly comes again. */
const maxLength = 8_192;

/** What the sender knows of the texts that the thread has. */
export class StatementSender {
	readonly #numbers = new Map<string, number>();

	/** Sends statements with `post`. What that throws, this throws. */
	send(statements: readonly Statement[], post: (sent: SentStatements) => void): void {
		const sent: SentStatements = [];
		const added: string[] = [];
		for (const { sql, parameters, expectedRows } of statements) {
			const number = this.#numbers.get(sql);
			sent.push(number ?? sql, parameters, expectedRows);
			if (number !== undefined || this.#numbers.size === maxNumbered || sql.length > maxLength) continue;
			this.#numbers.set(sql, this.#numbers.size);
			added.push(sql);
		}
		try {
			post(sent);
		} catch (error) {
			// The thread has not got them.
			for (const sql of added) this.#numbers.delete(sql);
			throw error;
		}
	}
}

/** The texts that a thread has got. */
export class StatementReceiver {
	readonly #texts: string[] = [];

	/** The statements that were sent. */
	received(sent: SentStatements): Statement[] {
		const statements: Statement[] = [];
		for (let index = 0; index < sent.length; index += partsOfStatement) {
			const [text, parameters, expectedRows] = sent.slice(index, index + partsOfStatement) as [
				string | number,
				unknown[],
				number | undefined,
			];
			const sql = typeof text === 'number' ? (this.#texts[text] as string) : text;
			if (sql === text && this.#texts.length < maxNumbered && sql.length <= maxLength) this.#texts.push(sql);
			statements.push({ sql, parameters, ...(expectedRows === undefined ? {} : { expectedRows }) });
		}
		return statements;
	}
}
