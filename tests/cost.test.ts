/**
 * What a request costs grows with its size, not with its square: every shape of tests/cost/shapes.ts at n, 2n and 4n, counted in
 * blocks of code that run, which are the same on a busy machine. `npm run cost` measures the processor's time of all of them.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer, type TestServer } from '../apps/fhir/test/environment.ts';
import { newClient, testBed } from '../apps/sso/test/support.ts';
import { mostGrowth } from './cost/growth.ts';
import type { Sent, World } from './cost/shape.ts';
import { shapes } from './cost/shapes.ts';
import { countWork } from './cost/work.ts';

// Before anything runs: what was compiled without counting is not counted.
const counter = countWork();
const bed = await testBed();
const sso = await bed.start();
let fhir: TestServer;
let world: World;

before(async () => {
  fhir = await startServer({ bodyLimit: 16 * 1024 ** 2 });
  const { id, secret } = await newClient(bed.clients);
  const ask = async ({ server = 'fhir', method, path, body, headers = {} }: Sent): Promise<Told> => {
    if (server === 'sso') {
      const response = await fetch(`${sso.url}/${path}`, {
        method,
        headers,
        redirect: 'manual',
        ...(body !== undefined && { body }),
      });
      return { status: response.status, text: await response.text() };
    }
    return fhir.request(method, path === '' ? '' : `/${path}`, {
      headers: { ...headers },
      ...(body !== undefined && { body }),
    });
  };
  world = { ask, client: { id, secret } };
});

after(async () => {
  counter.close();
  await fhir.close();
});

type Told = Awaited<ReturnType<World['ask']>>;

/** A limit that is passed ends the growth. */
const refused = new Set([400, 413, 414, 422, 429, 431]);

for (const [area, all] of Object.entries(shapes)) {
  describe(area, () => {
    for (const { name, n, prepare, make, isBudgeted } of all) {
      if (isBudgeted === true) continue;
      test(`${name}: four times as many take at most ${mostGrowth} times the work`, async (context) => {
        const measure = async (size: number): Promise<{ work: number; status: number }> => {
          const sent = make(size, world, (await prepare?.(size, world)) ?? '');
          counter.take();
          const { status } = await world.ask(sent);
          return { work: counter.take(), status };
        };
        await measure(n); // what is made once is made
        // Other work of the process may fall into a measurement, but not into the least of several.
        const least = async (size: number): Promise<{ work: number; status: number }> => {
          const all = [await measure(size), await measure(size)];
          return all.reduce((a, b) => (b.work < a.work ? b : a));
        };
        const [one, two, four] = [await least(n), await least(2 * n), await least(4 * n)];
        assert.notEqual(four.status, 500);
        context.diagnostic(`${n}: ${one.work} (${one.status}), ${two.work}, ${four.work} (${four.status})`);
        if (refused.has(four.status) && !refused.has(one.status)) return;
        assert.ok(
          four.work <= mostGrowth * one.work,
          `${one.work} at ${n}, ${two.work} at ${2 * n}, ${four.work} at ${4 * n}`,
        );
      });
    }
  });
}
