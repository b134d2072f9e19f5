/** The short form of `npm run proof -- bodies` and `npm run proof -- stretches`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../apps/fhir/test/environment.ts';
import { largeBodies } from './proof/large-bodies.ts';
import { sendUntilStored } from './proof/send.ts';
import { measureStretches } from './proof/stretches/measure.ts';

const size = 5_000_000;
/** Milliseconds of CPU time without interruption: parsing such a body at once takes as long, validating it twice as long. */
const most = 40;

test('no request about a large resource keeps the thread busy for long', async () => {
  // Garbage collection, or the other core, may lengthen a stretch: stretches of the request itself occur every time.
  let long: ReadonlySet<string> | undefined;
  const seen: string[] = [];
  for (let round = 0; round < 3 && long?.size !== 0; round += 1) {
    const found = (await measureStretches({ size })).filter(({ longest }) => longest > most);
    seen.push(...found.map(({ request, longest }) => `${request}: ${longest} ms`));
    const before = long;
    long = new Set(found.map(({ request }) => request).filter((request) => before?.has(request) ?? true));
  }
  assert.deepEqual([...long!], [], seen.join(', '));
});

test('three clients with 8 MB where two have room: one comes again, and all are stored', async () => {
  const bytes = 8_000_000;
  const server = await startServer({ bodyLimit: 9_000_000, bytesInFlight: 36_000_000 });
  try {
    const token = await server.sso.token();
    const [response, collection] = largeBodies(bytes);
    const before = process.memoryUsage.rss();
    let highest = before;
    const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 20);
    const bodies = [response!, collection!, response!];
    const sending = { baseUrl: server.url, token, patience: 60 };
    const sent = await Promise.all(bodies.map((body) => sendUntilStored(sending, body)));
    clearInterval(watch);
    assert.ok(sent.some(({ refusals }) => refusals > 0));
    const stored = await server.request('GET', '/QuestionnaireResponse?_summary=count');
    assert.equal(stored.json['total'], 2);
    const grown = (highest - before) / bytes;
    assert.ok(grown < 80, `the process has grown by ${grown.toFixed(0)} times a body`);
  } finally {
    await server.close();
  }
});
