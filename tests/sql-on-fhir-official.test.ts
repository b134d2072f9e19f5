/** The official cases of SQL on FHIR: all of them pass, as the committed report states. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { noCases, readCaseFiles } from './sql-on-fhir/cases.ts';
import { reportFile } from './sql-on-fhir/report.ts';
import { differenceOf, reportOf, type TestReport } from './sql-on-fhir/run.ts';

describe('the official cases of SQL on FHIR', { skip: noCases }, () => {
  it('pass, and are those of the report', (t) => {
    const report = reportOf(readCaseFiles());
    const tests = Object.values(report).flatMap((file) => file.tests);
    const failed = tests.filter(({ result }) => !result.passed);
    assert.deepEqual(failed, []);
    assert.equal(tests.length, 134);
    assert.deepEqual(
      report,
      JSON.parse(readFileSync(reportFile, 'utf8')) as TestReport,
      'write it anew: node tests/sql-on-fhir/report.ts',
    );
    t.diagnostic(`${tests.length} of ${tests.length}`);
  });
});

describe('the runner of cases finds', () => {
  const resources = [{ resourceType: 'Patient', id: 'a' }];
  const view = {
    resource: 'Patient',
    select: [
      {
        column: [
          { name: 'id', path: 'id' },
          { name: 'sex', path: 'gender' },
        ],
      },
    ],
  };
  const row = { sex: null, id: 'a' };
  const found = (more: object, of: unknown = view): string | undefined =>
    differenceOf({ title: 't', view: of, ...more }, resources);

  it('no difference where there is none', () => {
    assert.equal(found({ expect: [row], expectColumns: ['id', 'sex'], expectCount: 1 }), undefined);
    assert.equal(found({ expectError: true }, {}), undefined);
  });

  it('other rows, columns, counts, and an error that is missing or too many', () => {
    assert.match(found({ expect: [] })!, /is expected/);
    assert.match(found({ expect: [row, row] })!, /is expected/);
    assert.match(found({ expect: [{ id: 'a' }] })!, /is expected/);
    assert.match(found({ expectCount: 2 })!, /2 rows/);
    assert.match(found({ expect: [row], expectColumns: ['sex', 'id'] })!, /columns/);
    assert.match(found({ expectError: true })!, /an error/);
    assert.match(found({ expect: [row] }, {})!, /refused/);
    assert.match(found({})!, /nothing/);
  });
});
