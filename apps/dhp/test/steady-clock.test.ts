/** The time of a process while the clocks of its machine and of the database are set. All clocks here are numbers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSteadyClock, type SteadyClock } from '../src/processes/steady-clock.ts';

const hour = 3_600_000;
const today = Date.UTC(2026, 11, 2);

interface World {
  readonly clock: SteadyClock;
  /** Time goes on for all. */
  readonly pass: (milliseconds: number) => void;
  /** Sets the clock of the machine, or of the database, so much further. */
  readonly jump: (which: 'machine' | 'database', by: number) => void;
  /** Asks the database, which takes so long. */
  readonly ask: (takes?: number) => void;
  /** Milliseconds by which the process is off the true time. */
  readonly off: () => number;
}

function world(begin: { machine?: number; database?: number } = {}): World {
  let passed = 0;
  const ahead = { machine: begin.machine ?? 0, database: begin.database ?? 0 };
  const clock = createSteadyClock({ machine: () => today + passed + ahead.machine, stopwatch: () => 5_000 + passed });
  return {
    clock,
    pass: (milliseconds) => void (passed += milliseconds),
    jump: (which, by) => void (ahead[which] += by),
    ask: (takes = 4) => {
      const asked = 5_000 + passed;
      passed += takes;
      clock.compare({ asked, said: today + passed - takes / 2 + ahead.database, heard: 5_000 + passed });
    },
    off: () => clock.now() - today - passed,
  };
}

for (const by of [-hour, hour])
  test(`a clock that jumps by ${String(by / hour)} h is not followed, and is when it returns`, () => {
    const { clock, pass, jump, ask, off } = world();
    ask();
    jump('machine', by);
    assert.equal(off(), 0);
    assert.ok(clock.isOff());
    ask();
    pass(60_000);
    assert.equal(off(), 0);
    jump('machine', -by);
    assert.equal(off(), 0);
    assert.ok(!clock.isOff());
  });

test('small steps, as of NTP, are followed at once', () => {
  const { pass, jump, ask, off } = world();
  ask();
  for (let n = 1; n <= 10; n += 1) {
    pass(1_000);
    jump('machine', 900);
    assert.equal(off(), n * 900);
  }
});

test('a jump that the database has made, too, is followed: a machine that slept, or the clock of both', () => {
  const { clock, jump, ask, off } = world();
  ask();
  jump('machine', hour);
  jump('database', hour);
  assert.equal(off(), 0);
  ask();
  assert.equal(off(), hour);
  assert.ok(!clock.isOff());
});

test('a database whose own clock is off, as after a failover, changes nothing', () => {
  const { clock, jump, ask, off } = world();
  ask();
  jump('database', -hour);
  ask();
  assert.equal(off(), 0);
  assert.ok(!clock.isOff());
});

test('who begins with a clock that is an hour off takes the time of the database, and keeps it', () => {
  const { clock, pass, ask, off } = world({ machine: -hour });
  ask();
  assert.equal(off(), 0);
  assert.ok(clock.isOff());
  pass(30_000);
  assert.equal(off(), 0);
});

test('who begins half a minute off keeps the time of the machine, which those outside have', () => {
  const { clock, ask, off } = world({ machine: -30_000 });
  ask();
  assert.equal(off(), -30_000);
  assert.ok(!clock.isOff());
});

test('while the clock is off, the drift of the stopwatch is made good by the database', () => {
  const { jump, ask, off } = world();
  ask();
  jump('machine', hour);
  jump('database', 3_000);
  ask();
  assert.equal(off(), 3_000);
});
