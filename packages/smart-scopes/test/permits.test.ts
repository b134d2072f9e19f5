import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  coverageOf,
  covers,
  formatScope,
  intersection,
  parseScope,
  permits,
  type ResourceScope,
} from '@dhp/smart-scopes';

function scope(token: string): ResourceScope {
  const parsed = parseScope(token);
  assert.ok(parsed, `${token} is a scope`);
  return parsed;
}

describe('covers', () => {
  const table: [allowed: string, asked: string, covered: boolean][] = [
    ['system/*.cruds', 'system/*.cruds', true],
    ['system/*.cruds', 'system/Patient.rs', true],
    ['system/*.cruds', 'system/Patient.rs?gender=male', true],
    ['system/*.cruds', 'system/Patient.read', true],
    ['system/*.cruds', 'user/Patient.rs', false],
    ['system/*.cruds', 'patient/Patient.rs', false],
    ['system/Patient.rs', 'system/Patient.r', true],
    ['system/Patient.rs', 'system/Patient.cruds', false],
    ['system/Patient.rs', 'system/*.rs', false],
    ['system/Patient.rs', 'system/Observation.rs', false],
    ['system/Patient.read', 'system/Patient.rs', true],
    ['system/Patient.write', 'system/Patient.r', false],
    ['patient/Observation.rs?category=a', 'patient/Observation.rs?category=a', true],
    ['patient/Observation.rs?category=a', 'patient/Observation.r?category=a', true],
    ['patient/Observation.rs?category=a', 'patient/Observation.rs?category=b', false],
    ['patient/Observation.rs?category=a', 'patient/Observation.rs', false],
    ['system/Patient.r system/Patient.s', 'system/Patient.rs', false],
    ['openid fhirUser', 'openid', true],
    ['openid', 'fhirUser', false],
    ['system/*.cruds', 'openid', false],
    ['system/*.cruds', 'system/AuditEvent.rs', false],
    ['system/*.cruds', 'system/Provenance.c', false],
    ['system/Provenance.cr', 'system/Provenance.c', true],
    ['system/*.cruds', 'system/Patient.sr', false],
    ['system/*.cruds', '__proto__', false],
    ['', 'system/Patient.rs', false],
  ];
  for (const [allowed, asked, covered] of table) {
    it(`[${allowed}] ${covered ? 'covers' : 'does not cover'} ${asked}`, () =>
      assert.equal(covers(allowed.split(' '), asked), covered));
  }
});

describe('coverageOf', () => {
  it('looks at the allowed scopes once, however many are asked for', () => {
    const allowed = Array.from({ length: 100 }, (_, i) => `system/Patient.rs?name=${i}`);
    let read = 0;
    const counted = new Proxy(allowed, {
      get(target, name, receiver) {
        if (typeof name === 'string' && /^\d+$/.test(name)) read += 1;
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    const isCovered = coverageOf(counted);
    for (const asked of allowed) assert.equal(isCovered(asked.replace('.rs', '.r')), true);
    assert.equal(isCovered('system/Patient.rs?name=x'), false);
    assert.equal(isCovered('system/Patient.rs'), false);
    assert.equal(read, allowed.length);
  });
});

describe('permits', () => {
  const table: [scopes: string, permission: 'c' | 'r' | 'u' | 'd' | 's', type: string, permitted: boolean][] = [
    ['system/Patient.rs', 'r', 'Patient', true],
    ['system/Patient.rs', 's', 'Patient', true],
    ['system/Patient.rs', 'c', 'Patient', false],
    ['system/Patient.rs', 'r', 'Observation', false],
    ['system/Patient.rs', 'r', '*', false],
    ['system/*.r', 'r', '*', true],
    ['system/*.r', 'r', 'Observation', true],
    ['system/*.cruds', 'r', 'AuditEvent', false],
    ['system/*.cruds', 'c', 'Provenance', false],
    ['system/*.r system/AuditEvent.r', 'r', 'AuditEvent', true],
    ['system/Patient.r system/Observation.cud', 'd', 'Observation', true],
    ['system/Patient.r system/Observation.cud', 'd', 'Patient', false],
  ];
  for (const [scopes, permission, type, permitted] of table) {
    it(`[${scopes}] ${permitted ? 'permits' : 'does not permit'} ${permission} on ${type}`, () =>
      assert.equal(permits(scopes.split(' ').map(scope), permission, type), permitted));
  }

  it('permits nothing without scopes', () => assert.equal(permits([], 'r', 'Patient'), false));
});

describe('intersection', () => {
  const table: [a: string, b: string, result: string | undefined][] = [
    ['system/*.cruds', 'system/Patient.rs', 'system/Patient.rs'],
    ['system/Patient.cr', 'system/Patient.rs', 'system/Patient.r'],
    ['system/*.rs', 'system/*.cud', undefined],
    ['user/*.cruds', 'user/AuditEvent.rs', undefined],
    ['user/AuditEvent.cruds', 'user/AuditEvent.rs', 'user/AuditEvent.rs'],
    ['system/Patient.rs', 'system/Observation.rs', undefined],
    ['system/Patient.rs', 'user/Patient.rs', undefined],
    ['patient/Observation.rs?category=a', 'patient/*.cruds', 'patient/Observation.rs?category=a'],
    ['patient/Observation.rs?category=a', 'patient/Observation.rs?category=a', 'patient/Observation.rs?category=a'],
  ];
  it('of two queries is what meets both', () => {
    const both = intersection(scope('user/Observation.rs?category=a'), scope('user/*.r?_tag=b'));
    assert.equal(both && formatScope(both), 'user/Observation.r?category=a&_tag=b');
  });

  for (const [a, b, result] of table) {
    it(`of ${a} and ${b} is ${result ?? 'nothing'}`, () => {
      for (const both of [intersection(scope(a), scope(b)), intersection(scope(b), scope(a))]) {
        assert.equal(both && formatScope(both), result);
      }
    });
  }
});
