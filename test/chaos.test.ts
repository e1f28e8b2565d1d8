import { runChaos } from './chaos/chaos.ts';

test('the server is killed under load: nothing is lost and nothing is paid for twice', async () => {
	const figures = await runChaos(6);
	expect(figures.broken).toEqual({ itemsWithoutAnswer: 0, lostLogs: 0, itemsWithOtherLogs: 0, unexplainedCalls: 0 });
	expect(figures.providerCalls).toBe(figures.distinctCalls + figures.unanswered + figures.answeredIntoTheGap);
	expect(figures.unanswered).toBeGreaterThan(0);
}, 120_000);
