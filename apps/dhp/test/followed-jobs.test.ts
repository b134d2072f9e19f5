/** Addresses of jobs as `dhp export` and others follow them: an export of tables ends with one of its result. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { ServerRefusal } from '../src/exchange/faults.ts';
import { follow } from '../src/exchange/follow.ts';
import { openServer } from '../src/exchange/server.ts';

/** Answers by path, each given once; the last one is repeated. */
const answers = new Map<string, ((response: ServerResponse) => void)[]>();
const asked: { readonly path: string; readonly at: number }[] = [];
const http = createServer((request, response) => {
  const path = request.url ?? '';
  asked.push({ path, at: performance.now() });
  const own = answers.get(path) ?? [];
  const answer = own.length > 1 ? own.shift() : own[0];
  if (answer === undefined) response.writeHead(404).end();
  else answer(response);
});
let base = '';
before(async () => {
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  base = `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`;
  answers.set('/.well-known/smart-configuration', [json({ token_endpoint: `${base}/token` })]);
  answers.set('/token', [json({ access_token: 't', expires_in: 3600 })]);
});
after(() => {
  http.closeAllConnections();
  http.close();
});

const json =
  (body: object) =>
  (response: ServerResponse): void =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const status =
  (code: number, headers: Record<string, string>) =>
  (response: ServerResponse): void =>
    void response.writeHead(code, headers).end();

const server = () =>
  openServer({
    ...{ base, client: { clientId: 'c', secret: 's' }, patience: 3_000 },
    ...{ signal: new AbortController().signal, onWait: () => undefined },
  });

test('a job that ends with the address of its result leads to that, in the time that the server wants', async () => {
  answers.set('/job/1', [status(202, { 'retry-after': '1' }), status(303, { location: '/job/1/result' })]);
  answers.set('/job/1/result', [json({ resourceType: 'Parameters' })]);
  assert.deepEqual(await follow(server(), `${base}/job/1`, () => undefined), { resourceType: 'Parameters' });
  const [end, result] = asked.slice(-2);
  assert.deepEqual([end!.path, result!.path], ['/job/1', '/job/1/result']);
  assert.ok(result!.at - end!.at >= 990, String(result!.at - end!.at));
});

test('one that ends with its manifest is told as it is', async () => {
  answers.set('/job/2', [json({ output: [] })]);
  assert.deepEqual(await follow(server(), `${base}/job/2`, () => undefined), { output: [] });
});

test('the token goes to no other origin, and no result is no manifest', async () => {
  answers.set('/job/3', [status(303, { location: 'http://elsewhere.test/result' })]);
  await assert.rejects(
    follow(server(), `${base}/job/3`, () => undefined),
    /elsewhere\.test/,
  );
  answers.set('/job/4', [status(303, {})]);
  await assert.rejects(
    follow(server(), `${base}/job/4`, () => undefined),
    ServerRefusal,
  );
});
