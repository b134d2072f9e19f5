import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { casesArePresent } from './official/cases.ts';
import { reportFile, reportOf, runAll } from './official/report.ts';

const skip = casesArePresent ? false : 'the official cases are not here (../shared/cases/terminology)';

test('the official cases go as the report says', { skip }, async () => {
  const report = reportOf(await runAll());
  assert.equal(report, readFileSync(reportFile, 'utf8'));
});
