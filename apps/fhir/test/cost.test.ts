/** The failure that a caller gets for a spent budget, in every language. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget, type Limits } from '@dhp/budget';
import { scanJson } from '@dhp/fhir-model';
import { defaultCosts, requestBudget, storedLength } from '../src/http/cost.ts';
import type { CostLimits } from '../src/contract/costs.ts';
import { asFailure, failureResponse } from '../src/http/errors.ts';

const limits: Limits = { work: 10, bytes: 20, rows: 30, milliseconds: 40_000 };

function spentOf(scope: string, act: (budget: Budget) => void): unknown {
  try {
    act(new Budget(limits, scope));
    return undefined;
  } catch (error) {
    return error;
  }
}

function overtime(budget: Budget): void {
  let now = 0;
  budget.startTime(() => now);
  now = 40_001;
  budget.requireLeft('x');
}

const cases = [
  ['request', (budget: Budget) => budget.spend(11, 'x'), 422, 'work-limit-exceeded', ['10', 'DHP_REQUEST_WORK']],
  ['resource', (budget: Budget) => budget.spend(11, 'x'), 422, 'work-limit-exceeded', ['10', 'DHP_RESOURCE_WORK']],
  ['request', (budget: Budget) => budget.hold(21, 'x'), 422, 'memory-limit-exceeded', ['20', 'DHP_REQUEST_MEMORY']],
  ['request', (budget: Budget) => budget.take(31, 'x'), 422, 'row-limit-exceeded', ['30', 'DHP_REQUEST_ROWS']],
  ['request', (budget: Budget) => overtime(budget), 503, 'time-limit-exceeded', ['40', 'DHP_REQUEST_SECONDS']],
  ['server', (budget: Budget) => budget.hold(21, 'x'), 503, 'server-full', []],
] as const;

for (const [scope, act, status, code, named] of cases) {
  for (const language of ['uz', 'ru', 'en'] as const) {
    test(`${code} of a ${scope} in ${language}`, () => {
      const failed = asFailure(spentOf(scope, act), 0, () => undefined, undefined);
      const answer = failureResponse(failed, language, 'https://x.test');
      const { issue } = JSON.parse(answer.body) as {
        issue: [{ code: string; diagnostics: string; details: { text: string; coding: [{ code: string }] } }];
      };
      assert.equal(answer.status, status);
      assert.equal(answer.headers['retry-after'] !== undefined, status === 503);
      assert.equal(issue[0].details.coding[0].code, code);
      const issueType =
        { 'server-full': 'transient', 'time-limit-exceeded': 'timeout' }[code as string] ?? 'too-costly';
      assert.equal(issue[0].code, issueType);
      for (const part of named) assert.ok(issue[0].details.text.includes(part), issue[0].details.text);
      assert.match(issue[0].diagnostics, /\(x\)/);
    });
  }
}

function withoutResourceWork({ resourceWork: _, ...limits }: CostLimits): Limits {
  return limits;
}

test('a request has the limits of its environment', () => {
  const budget = requestBudget({ ...defaultCosts, work: 7 }, Buffer.alloc(10));
  assert.deepEqual(budget.limits, { ...withoutResourceWork(defaultCosts), work: 47 });
  assert.equal(budget.scope, 'request');
});

test('a resource has the length of what is stored of it', () => {
  const lengthOf = (text: string): number => storedLength(scanJson(text));
  const long = 'x'.repeat(1_000);
  for (const more of [
    `"id":"${long}"`,
    `"meta":{"versionId":"${long}","lastUpdated":"${long}"}`,
    `"meta":{${' '.repeat(1_000)}}`,
  ]) {
    assert.ok(lengthOf(`{"resourceType":"Basic",${more}}`) < 100, more.slice(0, 40));
  }
  assert.ok(lengthOf(`{"resourceType":"Basic","language":"${long}"}`) > 1_000);
});
