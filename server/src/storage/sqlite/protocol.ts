import type { MessagePort } from 'node:worker_threads';
import type { SentStatements } from './batches.ts';
import type { Result } from './connection.ts';

/** What a thread is started with. */
export type ThreadData = { file: string; busyTimeoutMs: number; port: MessagePort; flags: Int32Array };

/** What a thread is sent: statements to execute, up to the first that fails. Null: it closes its connection and ends. */
export type Batch = SentStatements | null;

/** What a thread sends back: the result of the last statement, or the error of the one that failed, and which that was. */
export type Answer = { result: Result } | { error: { message: string; failedAt: number } };

/** The flags that both sides share: 1 if there is something to receive, and 1 if the statements are cancelled. */
export const flag = { wake: 0, cancel: 1 } as const;
