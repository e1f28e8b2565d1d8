import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { type Body, startApi, tempDir } from './setup.ts';

test('the first start makes a key and stores its hash alone; the second start makes none', async (t) => {
  const dataDir = tempDir(t);
  const first = await startApi(t, { dataDir, apiKey: undefined });
  const key = first.firstKey as string;
  assert.match(key, /^hl_sk_[0-9a-f]{48}$/);
  await first.app.close();
  assert.equal(readFileSync(join(dataDir, 'humanloop.db')).includes(key.slice(6)), false);
  const second = await startApi(t, { dataDir, apiKey: undefined });
  assert.equal(second.firstKey, undefined);
  const ask = (headers: Record<string, string>) => second.app.inject({ url: '/v4/projects', headers });
  assert.equal((await ask({ 'x-api-key': key })).statusCode, 200);
  for (const headers of [{}, { 'x-api-key': '' }, { 'x-api-key': `${key}0` }, { authorization: `Bearer ${key}` }] as Record<string, string>[]) {
    const response = await ask(headers);
    assert.equal(response.statusCode, 401);
    const { detail } = response.json<Body>();
    assert.equal(detail.type, 'authentication_error');
    assert.match(detail.message, /X-API-KEY/);
  }
});

test('a key from the environment is valid while it is set, and stored nowhere', async (t) => {
  const dataDir = tempDir(t);
  const apiKey = 'hl_sk_environment';
  const api = await startApi(t, { dataDir, apiKey });
  assert.equal(api.firstKey, undefined);
  const ask = (app: typeof api.app) => app.inject({ url: '/v4/projects', headers: { 'x-api-key': apiKey } });
  assert.equal((await ask(api.app)).statusCode, 200);
  await api.app.close();
  const without = await startApi(t, { dataDir, apiKey: undefined });
  assert.equal((await ask(without.app)).statusCode, 401);
});

test('a server that others can reach needs a key beforehand', async (t) => {
  const dataDir = tempDir(t);
  await assert.rejects(startApi(t, { dataDir, apiKey: undefined, exposed: true }), /HUMANLOOP_API_KEY/);
  await (await startApi(t, { dataDir, apiKey: undefined })).app.close();
  await startApi(t, { dataDir, apiKey: undefined, exposed: true });
});

test('health, the OpenAPI document and its page need no key and nothing from elsewhere', async (t) => {
  const { app } = await startApi(t);
  assert.deepEqual((await app.inject('/healthz')).json(), { status: 'ok' });
  const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, { post: object }> }>();
  const body = JSON.stringify(paths['/v4/completion-model-config']?.post);
  assert.match(body, /"x-at-most-one-of":\[\["project","project_id"\]/);
  assert.match(body, /"additionalProperties":false/);
  const page = await app.inject('/docs/');
  assert.equal(page.statusCode, 200);
  assert.doesNotMatch(page.payload, /(src|href)="(https?:)?\/\//);
});
