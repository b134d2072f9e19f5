/** A gate admits requests that can be answered in time, and shares the capacity among its callers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFairGate, type FairGate } from '../src/index.ts';

interface Asked {
  readonly caller: string;
  state: 'waiting' | 'inside' | 'done' | 'refused';
  leave: () => void;
  giveUp: (() => void) | undefined;
}

function ask(gate: FairGate, caller: string): Asked {
  const asked: Asked = { caller, state: 'waiting', leave: () => undefined, giveUp: undefined };
  asked.giveUp = gate.enter(
    caller,
    (leave) => {
      asked.state = 'inside';
      asked.leave = () => {
        asked.state = 'done';
        leave();
      };
    },
    () => (asked.state = 'refused'),
  );
  return asked;
}

const count = (all: readonly Asked[], state: Asked['state'], caller?: string): number =>
  all.filter((each) => each.state === state && (caller === undefined || each.caller === caller)).length;

test('a gate that lets in nobody cannot be made', () => {
  assert.throws(() => createFairGate({ most: 0 }), RangeError);
});

test('as many as the limit are inside, and each that leaves lets in the next of whom fewest are inside', () => {
  const gate = createFairGate({ most: 8, fewest: 1 });
  const greedy = Array.from({ length: 20 }, () => ask(gate, 'greedy'));
  // A quarter remains for the next caller.
  assert.equal(count(greedy, 'inside'), 6);
  const modest = [ask(gate, 'modest'), ask(gate, 'modest'), ask(gate, 'modest')];
  assert.deepEqual(
    modest.map(({ state }) => state),
    ['inside', 'inside', 'waiting'],
  );
  assert.deepEqual(gate.state, { inside: 8, waiting: 15, limit: 8 });
  greedy[0]!.leave();
  assert.equal(modest[2]!.state, 'inside', 'the one with two inside goes before the one with five');
  greedy[1]!.leave();
  assert.equal(count(greedy, 'inside'), 5);
  for (const each of [...modest, ...greedy]) if (each.state === 'inside') each.leave();
  for (const each of greedy) if (each.state === 'inside') each.leave();
  for (const each of greedy) if (each.state === 'inside') each.leave();
  assert.deepEqual(gate.state, { inside: 0, waiting: 0, limit: 8 });
});

test('leaving twice counts once, and who gives up waiting is not let in', () => {
  const gate = createFairGate({ most: 1, fewest: 1 });
  const [first, second, third] = [ask(gate, 'a'), ask(gate, 'a'), ask(gate, 'b')];
  second.giveUp!();
  first.leave();
  first.leave();
  assert.deepEqual([second.state, third.state], ['waiting', 'inside']);
  assert.deepEqual(gate.state, { inside: 1, waiting: 0, limit: 1 });
  second.giveUp!();
  assert.equal(gate.state.waiting, 0);
});

test('who waits longer than the patience is refused, later where its caller has less than its part inside', async () => {
  const gate = createFairGate({ most: 2, fewest: 1, patience: 60 });
  const [one, two, late, few] = [ask(gate, 'a'), ask(gate, 'a'), ask(gate, 'a'), ask(gate, 'b')];
  while (late.state === 'waiting') await new Promise((resolve) => setTimeout(resolve, 2));
  assert.deepEqual([late.state, few.state], ['refused', 'waiting']);
  while (few.state === 'waiting') await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(few.state, 'refused');
  one.leave();
  two.leave();
  // The limit follows the pace, which the timers of this test decide.
  const { inside, waiting } = gate.state;
  assert.deepEqual([inside, waiting], [0, 0]);
});

/** A server, and the load on it. */
interface World {
  /** Milliseconds that a single request takes. */
  readonly alone: number;
  /** The most requests that are finished in a second. */
  readonly capacity: number;
  /** Requests a second of each caller. */
  readonly offered: Readonly<Record<string, number>>;
}

/** Ten seconds of a server that finishes this many requests a second, and no more however many are inside. */
function live({ alone, capacity, offered }: World): { took: number[]; limit: number; all: Asked[] } {
  let now = 0;
  const gate = createFairGate({ most: 256, now: () => now });
  const all: Asked[] = [];
  const took: number[] = [];
  let open: { asked: Asked; came: number; began?: number }[] = [];
  let free = 0;
  const due = Object.fromEntries(Object.keys(offered).map((caller) => [caller, 0]));
  for (; now < 10_000; now += 1) {
    for (const [caller, rate] of Object.entries(offered))
      for (due[caller]! += rate / 1000; due[caller]! >= 1; due[caller]! -= 1) {
        const asked = ask(gate, caller);
        all.push(asked);
        open.push({ asked, came: now });
      }
    free = Math.min(free + capacity / 1000, Math.max(1, capacity / 1000));
    for (const each of open) {
      if (each.asked.state !== 'inside') continue;
      each.began ??= now;
      if (free < 1 || now - each.began < alone) continue;
      free -= 1;
      each.asked.leave();
      took.push(now - each.came);
    }
    // The timer of the gate goes by another clock: here they give up at the same time.
    for (const { asked, came } of open)
      if (asked.state === 'waiting' && now - came > 250) {
        asked.giveUp!();
        asked.state = 'refused';
      }
    open = open.filter(({ asked: { state } }) => state === 'waiting' || state === 'inside');
  }
  return { took: took.sort((one, other) => one - other), limit: gate.state.limit, all };
}

test('at three times what can be done nearly all of that is done, in time, and each caller gets its share', () => {
  const { took, all } = live({ alone: 20, capacity: 200, offered: { greedy: 540, modest: 30, other: 30 } });
  assert.ok(took.length > 0.9 * 200 * 10, `${String(took.length)} were done`);
  assert.ok(took[Math.floor(took.length * 0.99)]! <= 800, `p99 ${String(took[Math.floor(took.length * 0.99)])}`);
  for (const caller of ['modest', 'other'])
    assert.ok(count(all, 'refused', caller) <= 0.02 * 300, `${caller}: ${String(count(all, 'refused', caller))}`);
  assert.ok(count(all, 'done', 'greedy') > 0.9 * 140 * 10);
});

test('among equals each gets the same', () => {
  const { all } = live({ alone: 5, capacity: 300, offered: { a: 300, b: 300, c: 300 } });
  const done = ['a', 'b', 'c'].map((caller) => count(all, 'done', caller));
  assert.ok(Math.max(...done) - Math.min(...done) < 0.1 * Math.max(...done), done.join());
});

test('the limit sinks to what is done in time, and rises for what is done quickly', () => {
  const slow = live({ alone: 20, capacity: 100, offered: { a: 300, b: 20 } });
  assert.ok(slow.limit <= 24, String(slow.limit));
  const idle = live({ alone: 20, capacity: 1000, offered: { a: 300, b: 20 } });
  assert.deepEqual([idle.limit, count(idle.all, 'refused')], [64, 0]);
  const quick = live({ alone: 20, capacity: 2_000, offered: { a: 3_000, b: 3_000 } });
  assert.equal(quick.limit, 256);
});

test('a burst of those who come rarely is taken', () => {
  const gate = createFairGate({ most: 64 });
  const all = Array.from({ length: 1_000 }, (_, n) => ask(gate, `caller ${String(n % 10)}`));
  assert.equal(count(all, 'refused'), 0);
  while (count(all, 'inside') > 0) for (const each of all) if (each.state === 'inside') each.leave();
  assert.equal(count(all, 'done'), 1_000);
});
