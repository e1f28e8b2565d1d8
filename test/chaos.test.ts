import { runChaos } from './chaos/chaos.ts';

test('the server is killed under load, responses are lost on the wire: nothing is lost and nothing is paid for twice', async () => {
	const figures = await runChaos({ kills: 6 });
	expect(figures.broken).toEqual({
		itemsWithoutResponse: 0,
		itemsWithOtherResponse: 0,
		lostLogs: 0,
		itemsWithOtherLogs: 0,
		unexplainedCalls: 0,
		callsAtOnce: 0,
	});
	expect(figures.providerCalls).toBe(figures.distinctCalls + figures.unanswered + figures.respondedBeforeSave);
	// The kills have hit calls under way.
	expect(figures.unanswered + figures.respondedBeforeSave).toBeGreaterThan(0);
	expect(figures.lostResponses).toBeGreaterThan(0);
}, 300_000);

test('without the keys on the wire, the same count finds what was paid for twice', async () => {
	const { broken } = await runChaos({ kills: 0, durationMs: 1_000, withoutKeys: true });
	expect(broken.itemsWithOtherResponse).toBeGreaterThan(0);
	expect(broken.itemsWithOtherLogs).toBeGreaterThan(0);
	expect(broken.unexplainedCalls).toBeGreaterThan(0);
}, 300_000);
