import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { noCases } from './terminology-cases/cases.ts';
import { reportFile, reportOf, runAll } from './terminology-cases/report.ts';

test('the official terminology cases go over HTTP as the report says', { skip: noCases }, async () => {
  assert.equal(reportOf(await runAll()), readFileSync(reportFile, 'utf8'));
});
