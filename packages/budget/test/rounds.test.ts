/** Computations that request missing values: random graphs of values that depend on other values, and cases that must end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Budget,
  BudgetSpent,
  inRounds,
  Loaded,
  NoProgress,
  unitsOfALoad,
  type Round,
  type Source,
} from '../src/index.ts';

/** Numbers from 0 to before 1, the same for the same seed. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Node {
  readonly own: number;
  /** Only later ones, so that there is no circle. */
  readonly children: readonly number[];
}

function randomGraph(next: () => number): readonly Node[] {
  const size = 1 + Math.floor(next() * 40);
  return Array.from({ length: size }, (_, n) => {
    const left = size - n - 1;
    const children = Array.from({ length: Math.floor(next() * 4) }, () => n + 1 + Math.floor(next() * left));
    return { own: Math.floor(next() * 1000), children: left === 0 ? [] : children };
  });
}

/** Adds up a node: itself and all nodes to which it leads. The children are in the loaded value of a node. */
function sum(at: number, nodeOf: (n: number) => Node | undefined): number {
  const node = nodeOf(at);
  if (node === undefined) return 0;
  return node.children.reduce((all, child) => (all * 31 + sum(child, nodeOf)) % 1_000_003, node.own);
}

/** The things that are first known after one load, after two, … */
function levelsOf(graph: readonly Node[]): number[][] {
  const seen = new Set([0]);
  const levels = [[0]];
  for (const level of levels) {
    const next = level.flatMap((at) => graph[at]?.children ?? []).filter((n) => !seen.has(n) && seen.add(n).size > 0);
    if (next.length > 0) levels.push(next);
  }
  return levels;
}

/** Two sources: even and odd numbers. Counts the requests. */
function sourcesOf(graph: readonly Node[], late: () => number) {
  const loads = new Map<number, number>();
  const batches: string[] = [];
  const made = (name: string): Source<number, Node> => ({
    name,
    async load(keys) {
      batches.push(name);
      await new Promise((resolve) => setTimeout(resolve, late() * 2));
      return keys.map((key) => {
        loads.set(key, (loads.get(key) ?? 0) + 1);
        return graph[key]!;
      });
    },
  });
  const [even, odd] = [made('even'), made('odd')];
  return { loads, batches, sourceOf: (n: number) => (n % 2 === 0 ? even : odd) };
}

test('all that a computation needs is found, each thing loaded once, in as many rounds as things lead to things', async () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const next = random(seed);
    const graph = randomGraph(next);
    const { loads, batches, sourceOf } = sourcesOf(graph, next);
    const budget = new Budget();
    let rounds = 0;
    const found = await inRounds(
      (round) => {
        rounds += 1;
        assert.equal(round.number, rounds);
        return sum(0, (n) => round.get(sourceOf(n), n, undefined));
      },
      { budget },
    );
    assert.equal(
      found,
      sum(0, (n) => graph[n]),
      `seed ${seed}`,
    );
    const levels = levelsOf(graph);
    assert.equal(rounds, levels.length + 1, `seed ${seed}: the last round lacks nothing`);
    assert.deepEqual(new Set(loads.keys()), new Set(levels.flat()), `seed ${seed}`);
    assert.ok(
      [...loads.values()].every((times) => times === 1),
      `seed ${seed}: nothing is loaded twice`,
    );
    assert.ok(batches.length <= 2 * levels.length, `seed ${seed}: at most one batch a source and round`);
    assert.equal(budget.used.work, unitsOfALoad * loads.size, `seed ${seed}`);
  }
});

test('a computation that stops at some things comes to the same, with a round for each stop at the most', async () => {
  for (let seed = 1; seed <= 150; seed += 1) {
    const next = random(seed);
    const graph = randomGraph(next);
    const stops = graph.map(() => next() < 0.5);
    const { loads, sourceOf } = sourcesOf(graph, next);
    let rounds = 0;
    const found = await inRounds((round) => {
      rounds += 1;
      return sum(0, (n) => (stops[n] === true ? round.need(sourceOf(n), n) : round.get(sourceOf(n), n, undefined)));
    });
    assert.equal(
      found,
      sum(0, (n) => graph[n]),
      `seed ${seed}`,
    );
    assert.ok(rounds <= loads.size + 1, `seed ${seed}: each round loads something`);
    assert.ok([...loads.values()].every((times) => times === 1));
  }
});

test('computations of one request that run side by side load nothing twice', async () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const next = random(seed);
    const graph = randomGraph(next);
    const { loads, sourceOf } = sourcesOf(graph, next);
    const loaded = new Loaded();
    const starts = graph.map((_, n) => n);
    const found = await Promise.all(
      starts.map(async (at) => inRounds((round) => sum(at, (n) => round.get(sourceOf(n), n, undefined)), { loaded })),
    );
    assert.deepEqual(
      found,
      starts.map((at) => sum(at, (n) => graph[n])),
    );
    assert.ok([...loads.values()].every((times) => times === 1));
  }
});

const doubled: Source<number, number> = { name: 'doubled', load: (keys) => Promise.resolve(keys.map((n) => 2 * n)) };

test('where nothing is missing the result is there at once, and an error too', () => {
  assert.equal(
    inRounds(() => 7),
    7,
  );
  assert.throws(
    () =>
      inRounds(() => {
        throw new RangeError('at once');
      }),
    RangeError,
  );
});

test('an error counts when nothing is missing: before, it may come of that', async () => {
  const run = (round: Round): number => {
    const value = round.get(doubled, 4, 0);
    if (value === 0) throw new RangeError('there is no zero here');
    return value;
  };
  assert.equal(await inRounds(run), 8);
  await assert.rejects(
    async () =>
      inRounds((round) => {
        round.get(doubled, 4, 0);
        throw new RangeError('always');
      }),
    RangeError,
  );
});

test('a result that does not depend on what is missing is taken as it is', async () => {
  const loads: number[] = [];
  const source: Source<number, number> = {
    name: 'never',
    load: (keys) => (loads.push(...keys), Promise.resolve(keys)),
  };
  const result = await inRounds((round) => {
    round.get(source, 1, 0);
    round.doWithout();
    return 'good';
  });
  assert.equal(result, 'good');
  assert.deepEqual(loads, []);
});

test('what a computation makes once is the same object in all rounds of a request, by its key', async () => {
  const made: object[] = [];
  const found = await inRounds((round) => {
    const one = round.once('one', () => (made.push({}), made.at(-1)));
    const other = round.once('other', () => ({}));
    assert.notEqual(one, other);
    round.need(doubled, 3);
    return one;
  });
  assert.equal(made.length, 1);
  assert.equal(found, made[0]);
});

test('what must not be done twice is done after all is there', async () => {
  let done = 0;
  await inRounds(async (round) => {
    const [a, b] = [round.get(doubled, 1, 0), round.get(doubled, 2, 0)];
    round.needAll();
    await Promise.resolve();
    done += a + b;
  });
  assert.equal(done, 6);
});

test('things that lead to others without end are refused with what is missing', async () => {
  let rounds = 0;
  const endless = (round: Round): number => {
    rounds += 1;
    let at = 1;
    for (let value = round.get(doubled, at, 0); value !== 0; value = round.get(doubled, at, 0)) at = value;
    return at;
  };
  await assert.rejects(
    async () => inRounds(endless, { most: 12 }),
    (error) => {
      assert.ok(error instanceof NoProgress);
      assert.match(error.message, /after 12 rounds there is still missing: doubled/);
      return true;
    },
  );
  assert.equal(rounds, 12);
});

test('a round that ends itself while nothing is missing is refused, and so is a source that loads too little', async () => {
  const stopped = (round: Round): number => {
    try {
      return round.need(doubled, 1);
    } catch (error) {
      round.doWithout();
      throw error;
    }
  };
  assert.throws(() => inRounds(stopped), /round 1 was ended although nothing is missing/);
  const nothing: Source<number, number> = { name: 'nothing', load: () => Promise.resolve([]) };
  await assert.rejects(
    async () => inRounds((round) => round.need(nothing, 1)),
    (error) => error instanceof NoProgress && error.message === 'nothing: 1 were to be loaded, and 0 came',
  );
});

test('a spent budget ends the rounds, whether it is the computation that spends it or what it asks for', async () => {
  let rounds = 0;
  const costly = (round: Round, budget: Budget): number => {
    rounds += 1;
    const value = round.get(doubled, rounds, 0);
    budget.spend(60);
    return value;
  };
  const own = new Budget({ work: 100 });
  await assert.rejects(async () => inRounds((round) => costly(round, own)), BudgetSpent);
  assert.equal(rounds, 2, 'the second one spends what is left');
  const small = new Budget({ work: 3 * unitsOfALoad - 1 });
  await assert.rejects(
    async () => inRounds((round) => [1, 2, 3].map((n) => round.get(doubled, n, 0)), { budget: small }),
    (error) => error instanceof BudgetSpent && error.place === 'doubled',
  );
});

test('what a source rejects with ends the rounds, and may be loaded by the next ones', async () => {
  let isDown = true;
  const source: Source<string, string> = {
    name: 'texts',
    load: (keys) => (isDown ? Promise.reject(new Error('down')) : Promise.resolve(keys.map((key) => `${key}!`))),
  };
  const loaded = new Loaded();
  await assert.rejects(async () => inRounds((round) => round.need(source, 'a'), { loaded }), /down/);
  isDown = false;
  assert.equal(await inRounds((round) => round.need(source, 'a'), { loaded }), 'a!');
});

test('rounds in a round end those that the missing thing is for', async () => {
  const outer: string[] = [];
  const result = await inRounds(async (round) => {
    outer.push('run');
    return inRounds((inner) => `${inner.need(doubled, 5)} ${round.need(doubled, 6)}`);
  });
  assert.equal(result, '10 12');
  assert.equal(outer.length, 2, 'the inner ones do not run the outer one again');
});
