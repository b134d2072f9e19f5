/**
 * The cost of a request grows linearly with its size, not quadratically: every sixth shape of each area of tests/cost/shapes.ts at n and
 * 4n, measured in executed blocks of code, which do not depend on load; and the budget of the request is charged for them. With `--full`
 * every shape is tested. `npm run cost` measures the CPU time of all of them.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { resourceTypes } from '@dhp/fhir-model';
import { openAdministrators } from '@dhp/accounts';
import { adminScopes } from '@dhp/clients/fields';
import { startServer, type TestServer } from '../apps/fhir/test/environment.ts';
import { issuer, newClient, testBed } from '../apps/sso/test/support.ts';
import { mostGrowth } from './cost/growth.ts';
import { outcomeOf, type Shape, type World } from './cost/shape.ts';
import { shapes } from './cost/shapes.ts';
import { onSpending, spendingHeader, type Spending } from './cost/spending.ts';
import { countWork } from './cost/work.ts';
import { openCostWorld } from './cost/world.ts';
import { sampleOf } from './sample.ts';

// Counting starts before any code runs: code compiled earlier is not counted.
const counter = countWork();
/** Spending of requests by their names, as soon as their answers are out. */
const told = new Map<string, Spending | undefined>();
onSpending((name, spent) => told.set(name, spent));
const bed = await testBed();
const sso = await bed.start({ resourceTypes, allowedHosts: ['127.0.0.1'] });
let fhir: TestServer;
let world: World;

before(async () => {
  fhir = await startServer({ bodyLimit: 16 * 1024 ** 2, referenceIntegrity: 'enforce' });
  const administrators = openAdministrators(bed.sql, { actor: 'cli:tester' });
  world = openCostWorld({
    sso: { url: sso.url, issuer },
    client: await newClient(bed.clients),
    operator: await newClient(bed.clients, { scopes: [...adminScopes] }),
    makeAdministrator: (username) => administrators.make(username),
    askFhir: (method, path, body, headers) =>
      fhir.request(method, path === '' ? '' : `/${path}`, {
        headers: { ...headers },
        ...(body !== undefined && { body }),
      }),
  });
});

after(async () => {
  counter.close();
  await fhir.close();
});

/**
 * Blocks that may run per charged unit (most shapes take 10 to 25), and blocks that are free. Blocks that scan the text of the body are
 * charged by its length.
 */
const [blocksOfUnit, free] = [40, 5_000];

/** A smaller number belongs to the next request, or to the previous one: such blocks are part of every measurement. */
const least = 300;

interface Measured {
  /** Blocks. */
  readonly work: number;
  /** Charged to the request; undefined if it has no budget, as at the SSO. */
  readonly units: number | undefined;
  /** Blocks of `work` that scan JSON. */
  readonly scanning: number;
  readonly outcome: ReturnType<typeof outcomeOf>;
}

/** Waits until the units are reported. */
async function unitsOf(name: string): Promise<number | undefined> {
  const until = performance.now() + 60_000;
  while (!told.has(name)) {
    assert.ok(performance.now() < until, 'the server does not tell what a request has spent');
    await setImmediate();
  }
  return told.get(name)?.work;
}

let asked = 0;

async function measure(shape: Shape, n: number): Promise<Measured> {
  const prepared = await shape.prepare?.(n, world);
  const sent = shape.make(n, world, prepared ?? '');
  // Without preparation nothing has run since the last call, and a call takes 10 ms.
  if (prepared !== undefined) counter.take();
  if (sent.server === 'sso') {
    const answer = await world.ask(sent);
    return { work: counter.take(), scanning: 0, units: undefined, outcome: outcomeOf(shape, answer) };
  }
  const name = `${shape.name} ${(asked += 1)}`;
  const answer = await world.ask({ ...sent, headers: { ...sent.headers, [spendingHeader]: name } });
  const { all: work, scanning } = counter.takeParts();
  return { work, scanning, units: await unitsOf(name), outcome: outcomeOf(shape, answer) };
}

const lesser = (a: Measured, b: Measured): Measured => (b.work < a.work ? b : a);

for (const [area, all] of Object.entries(shapes)) {
  describe(area, () => {
    for (const shape of sampleOf(
      all.filter(({ isBudgeted }) => isBudgeted !== true),
      6,
      12,
    )) {
      const { name, n } = shape;
      test(`${name}: four times as many take at most ${mostGrowth} times the work`, async (context) => {
        // The first measurement includes one-time work. Other work of the process may affect a measurement, but not the least of several.
        const one = lesser(await measure(shape, n), await measure(shape, n));
        let four = await measure(shape, 4 * n);
        const base = Math.max(one.work, least);
        if (four.work > mostGrowth * base) four = lesser(four, await measure(shape, 4 * n));
        context.diagnostic(`${n}: ${one.work} (${one.outcome}), ${four.work} (${four.outcome})`);
        assert.equal(one.outcome, 'done', `${n} are refused by a limit, so that nothing is measured`);
        if (four.outcome === 'limited') return;
        assert.ok(four.work <= mostGrowth * base, `${one.work} at ${n}, ${four.work} at ${4 * n}`);
        if (one.units === undefined || four.units === undefined) return;
        const [work, units] = [four.work - four.scanning - one.work + one.scanning, four.units - one.units];
        const told = `${work} blocks more are charged ${units} units`;
        context.diagnostic(told);
        assert.ok(shape.isPaidBefore === true || work <= free + blocksOfUnit * units, told);
      });
    }
  });
}
