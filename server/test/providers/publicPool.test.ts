import assert from 'node:assert/strict';
import test from 'node:test';
import { isPublicAddress, PrivateAddress } from '../../src/providers/publicAddress.ts';
import { causesOf } from '../../src/providers/hostErrors.ts';
import { type Lookup, publicPool } from '../../src/providers/publicPool.ts';
import { startHost } from '../host.ts';

test('what is not on the public internet is known in every notation', () => {
	for (const address of [
		...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.9.9.9', '168.63.129.16', '169.254.169.254'],
		...['172.16.0.1', '172.31.255.255', '192.0.0.8', '192.168.0.1', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
		...['::', '::1', '::ffff:127.0.0.1', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '::ffff:8.8.8.8'],
		...['::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'fc00::1'],
		...['fd00:ec2::254', 'ff02::1', '2001:db8::1', '2001::1', '2002:7f00:1::', '3fff::1', 'localhost', ''],
	])
		assert.equal(isPublicAddress(address), false, address);
	for (const address of ['8.8.8.8', '172.15.0.1', '172.32.0.1', '169.253.0.1', '2606:4700::1111', '2a00:1450:4001::1'])
		assert.equal(isPublicAddress(address), true, address);
});

/** A look-up that gives these addresses, one after the other. */
function lookupOf(...addresses: string[][]) {
	const asked: string[] = [];
	const lookup: Lookup = (hostname, options, callback) => {
		asked.push(hostname);
		const all = (addresses.shift() ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
		if (options.all === true) return callback(null, all);
		return callback(null, all[0]!.address, all[0]!.family);
	};
	return { asked, lookup };
}

const post = { path: '/', method: 'POST' } as const;

async function refusal(work: Promise<unknown>): Promise<boolean> {
	const error = await work.then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	return causesOf(error).some((cause) => cause instanceof PrivateAddress);
}

test('a name with a private address is refused, also if others of its addresses are public', async () => {
	for (const addresses of [['127.0.0.1'], ['8.8.8.8', '10.0.0.1'], ['::ffff:169.254.169.254'], ['fd00::1']]) {
		const { asked, lookup } = lookupOf(addresses);
		const pool = publicPool(lookup);
		for (const origin of ['http://name.example', 'https://name.example']) {
			if (asked.length > 0) continue;
			assert.equal(await refusal(pool.request({ origin, ...post })), true, addresses.join());
		}
		await pool.close();
	}
});

test('an address in place of a name is refused without a look-up', async () => {
	const { asked, lookup } = lookupOf();
	const pool = publicPool(lookup);
	for (const origin of ['http://127.0.0.1:1', 'http://[::1]:1', 'https://169.254.169.254', 'http://[::ffff:10.0.0.1]'])
		assert.equal(await refusal(pool.request({ origin, ...post })), true, origin);
	assert.deepEqual(asked, []);
	await pool.close();
});

test('the connection goes to the address that was checked, and each new connection is checked again', async (t) => {
	const host = await startHost(t, (response) => response.setHeader('connection', 'close').end('ok'));
	const { port } = new URL(host.url);
	const { asked, lookup } = lookupOf(['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1']);
	// In this test, 127.0.0.1 is the public internet.
	const pool = publicPool(lookup, (address) => address === '127.0.0.1');
	const origin = `http://name.example:${port}`;
	const ask = async () => (await pool.request({ origin, ...post })).body.text();
	assert.equal(await ask(), 'ok');
	assert.equal(await refusal(ask()), true, 'the name has moved meanwhile');
	assert.equal(await ask(), 'ok');
	assert.deepEqual(asked, ['name.example', 'name.example', 'name.example'], 'one look-up for each connection');
	assert.equal(host.state.calls, 2);
	await pool.close();
});
