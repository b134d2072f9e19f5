import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Budget, BudgetSpent, type Measure } from '@dhp/budget';

function spentBy(act: () => void): BudgetSpent | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof BudgetSpent, String(error));
    return error;
  }
}

const acts: readonly [Measure, (budget: Budget, n: number, place?: string) => void][] = [
  ['work', (budget, n, place) => budget.spend(n, place)],
  ['bytes', (budget, n, place) => budget.hold(n, place)],
  ['rows', (budget, n, place) => budget.take(n, place)],
];

describe('a budget', () => {
  for (const [what, act] of acts) {
    it(`takes ${what} up to its limit, and names it when it is passed`, () => {
      const budget = new Budget({ [what]: 10 });
      assert.equal(
        spentBy(() => act(budget, 4)),
        undefined,
      );
      assert.equal(
        spentBy(() => act(budget, 6)),
        undefined,
      );
      const spent = spentBy(() => act(budget, 1, 'Patient.name'));
      assert.deepEqual(
        { what: spent?.what, limit: spent?.limit, place: spent?.place, scope: spent?.scope },
        { what, limit: 10, place: 'Patient.name', scope: 'request' },
      );
      assert.match(spent?.message ?? '', new RegExp(`request .*${what}, 10 \\(Patient\\.name\\)`));
    });

    it(`tells the share of ${what} that was used`, () => {
      const budget = new Budget({ [what]: 10 });
      assert.equal(budget.shareOf(what), 0);
      act(budget.part({}, 'resource'), 4);
      budget.release(3);
      assert.equal(budget.shareOf(what), 0.4, 'of memory the most at one time');
      assert.equal(new Budget().shareOf(what), undefined);
    });

    it(`counts ${what} without a limit`, () => {
      const budget = new Budget();
      act(budget, 1e12);
      assert.equal(budget.used[what], 1e12);
    });

    it(`counts ${what} of its parts, each with a limit of its own`, () => {
      const budget = new Budget({ [what]: 10 });
      const [first, second] = [budget.part({ [what]: 6 }, 'resource'), budget.part({ [what]: 6 }, 'resource')];
      act(first, 6);
      assert.equal(budget.used[what], 6);
      assert.equal(spentBy(() => act(first, 1))?.scope, 'resource');
      assert.equal(budget.used[what], 6, 'what a part refused is not spent of the whole');
      assert.equal(
        spentBy(() => act(second, 4)),
        undefined,
      );
      assert.equal(spentBy(() => act(second, 1))?.scope, 'request');
    });
  }

  it('stays spent for work and rows, and tells how much work is left', () => {
    const budget = new Budget({ work: 10, rows: 10 });
    const part = budget.part({ work: 100 }, 'resource');
    budget.spend(3);
    assert.deepEqual([budget.workLeft, part.workLeft], [7, 7]);
    budget.requireLeft();
    assert.equal(spentBy(() => part.spend(8, 'first'))?.scope, 'request');
    assert.equal(spentBy(() => budget.spend(1, 'second'))?.place, 'second');
    assert.equal(spentBy(() => budget.requireLeft())?.place, 'first');
    assert.equal(spentBy(() => part.requireLeft())?.place, 'first');
    assert.deepEqual([budget.workLeft, part.workLeft], [0, 0]);
  });

  it('has more work where more is allowed, and never less', () => {
    const budget = new Budget({ work: 10 });
    budget.allow(5);
    budget.spend(10);
    budget.allow(12);
    assert.equal(budget.workLeft, 2);
    budget.spend(2);
    assert.equal(spentBy(() => budget.spend(1))?.limit, 12);
  });

  it('counts time from when it is started, and only stops what would begin', () => {
    let now = 1_000;
    const budget = new Budget({ milliseconds: 50 });
    const part = budget.part({}, 'resource');
    budget.requireLeft();
    assert.equal(budget.used.milliseconds, 0);
    budget.startTime(() => now);
    now += 50;
    budget.requireLeft();
    now += 1;
    part.spend(1);
    const spent = spentBy(() => part.requireLeft('the next entry'));
    assert.deepEqual([spent?.what, spent?.limit, spent?.place], ['milliseconds', 50, 'the next entry']);
    assert.equal(budget.used.milliseconds, 51);
    now = 1_000;
    assert.ok(
      spentBy(() => budget.requireLeft()),
      'it stays spent',
    );
  });

  it('is not spent where one of its parts is', () => {
    const budget = new Budget({ work: 10 });
    const part = budget.part({ work: 5 }, 'resource');
    assert.ok(spentBy(() => part.spend(6)));
    assert.ok(spentBy(() => part.requireLeft()));
    budget.requireLeft();
  });

  it('has room again for bytes that were released, and keeps none that it refused', () => {
    const budget = new Budget({ bytes: 10 });
    const part = budget.part({ bytes: 100 }, 'entry');
    part.hold(8);
    assert.ok(spentBy(() => part.hold(3)));
    assert.deepEqual([budget.used.bytes, part.used.bytes], [8, 8]);
    part.release(8);
    assert.deepEqual([budget.used.bytes, part.used.bytes], [0, 0]);
    part.hold(10);
    budget.requireLeft();
  });

  it('holds no memory any more once it has ended', () => {
    const whole = new Budget({ bytes: 10 });
    const budget = whole.part({ bytes: 10 }, 'request');
    const part = budget.part({}, 'resource');
    budget.hold(4);
    part.hold(2);
    budget.end();
    assert.equal(whole.used.bytes, 0);
    for (const one of [budget, part]) assert.equal(spentBy(() => one.hold(1))?.scope, 'request');
    budget.end();
    assert.equal(whole.used.bytes, 0);
  });
});
