/** Scopes compared with calls, as a page describes them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkScopes } from '../src/explorer/scope-check.ts';

describe('scopes and a call', () => {
  for (const [scope, method, path, by] of [
    ['system/Patient.rs', 'GET', '/Patient/1', ['system/Patient.rs']],
    ['system/Patient.rs', 'GET', '/Patient?name=a', ['system/Patient.rs']],
    ['system/Patient.r', 'GET', '/Patient?name=a', []],
    ['system/Patient.rs', 'POST', '/Patient', []],
    ['system/*.cruds', 'POST', '/Observation', ['system/*.cruds']],
    ['system/Patient.s', 'POST', '/Patient/_search', ['system/Patient.s']],
    ['system/Patient.u', 'PATCH', '/Patient/1', ['system/Patient.u']],
    ['user/Patient.d system/Patient.d', 'DELETE', '/Patient/1', ['user/Patient.d', 'system/Patient.d']],
    ['system/Patient.r', 'GET', '/Patient/1/_history', ['system/Patient.r']],
    ['system/Patient.s', 'GET', '/Patient/_history', ['system/Patient.s']],
    ['system/*.cruds', 'GET', '/AuditEvent/1', []],
    ['system/Observation.rs?category=laboratory', 'GET', '/Observation', ['system/Observation.rs?category=laboratory']],
  ] as const)
    test(`${scope}: ${method} ${path}`, () => {
      const found = checkScopes(scope, method, path);
      assert.ok(found.needed);
      assert.deepEqual(found.by, by);
    });

  for (const [method, path] of [
    ['POST', '/'],
    ['GET', '/'],
    ['GET', '/Patient/$everything'],
    ['GET', '/Patient/1/$everything'],
    ['GET', '/Patient/1/Observation'],
    ['GET', '/metadata'],
    ['POST', '/Patient/1'],
    ['TRACE', '/Patient'],
    ['GET', ''],
  ] as const)
    test(`say nothing of ${method} ${path}`, () => {
      const { needed, by } = checkScopes('system/*.cruds', method, path);
      assert.deepEqual([needed, by], [undefined, []]);
    });

  test('tell of words that are none', () => {
    assert.deepEqual(checkScopes('openid  fhirUser system/Patient.sr', 'GET', '/Patient').others, [
      'openid',
      'fhirUser',
      'system/Patient.sr',
    ]);
  });
});
