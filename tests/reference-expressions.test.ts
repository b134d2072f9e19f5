/**
 * FHIRPath generated from a grammar, compared with fhirpath.js and the recorded answers of HL7's engine (`npm run reference -- expressions
 * --record`).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askFhirpathJs, askOurs } from './reference/expressions/engines.ts';
import { recordedExpressions } from './reference/expressions/main.ts';
import { madeExpressions } from './reference/expressions/made.ts';
import { voteOf } from './reference/expressions/votes.ts';

test('no two engines agree on an expression against ours, and nearly always all three do', () => {
  const { seed, entries } = recordedExpressions();
  let agreed = 0;
  for (const [n, made] of [...madeExpressions(seed, entries.length)].entries()) {
    const { expression, hl7 } = entries[n]!;
    assert.equal(made.expression, expression, 'other expressions are made than were recorded: record them anew');
    const [ours, js] = [askOurs(made), askFhirpathJs(made)];
    const vote = voteOf(ours, hl7, js);
    assert.notEqual(vote, 'both against ours', `${expression}\n${JSON.stringify({ ours, hl7, js })}`);
    if (vote === 'all') agreed += 1;
  }
  assert.ok(agreed > 0.9 * entries.length, `${String(agreed)} of ${String(entries.length)}`);
});

test('an engine that is alone is told from two that agree against ours', () => {
  assert.equal(voteOf(['1'], ['1'], ['1']), 'all');
  assert.equal(voteOf(['1'], ['1'], undefined), "ours with HL7's");
  assert.equal(voteOf(['1'], ['2'], ['1']), 'ours with fhirpath.js');
  assert.equal(voteOf(['1'], ['2'], ['2']), 'both against ours');
  assert.equal(voteOf(undefined, ['2'], ['2']), 'both against ours');
  assert.equal(voteOf(['1'], ['2'], ['3']), 'none');
  assert.equal(voteOf(['1'], undefined, undefined), 'none');
});
