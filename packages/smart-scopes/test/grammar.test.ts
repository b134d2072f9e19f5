import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatScope, parseScope } from '@dhp/smart-scopes';

describe('parseScope', () => {
  const valid: [token: string, context: string, type: string, letters: string, query?: string][] = [
    ['system/*.cruds', 'system', '*', 'cruds'],
    ['system/Patient.rs', 'system', 'Patient', 'rs'],
    ['patient/Observation.r', 'patient', 'Observation', 'r'],
    ['user/Encounter.cud', 'user', 'Encounter', 'cud'],
    ['user/*.s', 'user', '*', 's'],
    ['patient/*.read', 'patient', '*', 'rs'],
    ['system/Patient.write', 'system', 'Patient', 'cud'],
    ['user/Patient.*', 'user', 'Patient', 'cruds'],
    ['system/*.*', 'system', '*', 'cruds'],
    ['patient/Observation.rs?category=laboratory', 'patient', 'Observation', 'rs', 'category=laboratory'],
    [
      'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory',
      'patient',
      'Observation',
      'rs',
      'category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory',
    ],
    ['user/Observation.s?code=a,b&status:not=final', 'user', 'Observation', 's', 'code=a,b&status:not=final'],
  ];
  for (const [token, context, type, letters, query] of valid) {
    it(`reads ${token}`, () => {
      const scope = parseScope(token);
      assert.ok(scope);
      assert.equal(scope.context, context);
      assert.equal(scope.type, type);
      assert.deepEqual([...scope.permissions], Array.from(letters));
      assert.equal(scope.query, query);
    });
  }

  const invalid: [why: string, token: string][] = [
    ['empty', ''],
    ['another word', 'openid'],
    ['a launch word', 'launch/patient'],
    ['wrong order of letters', 'system/Patient.sr'],
    ['a letter twice', 'system/Patient.rr'],
    ['an unknown letter', 'system/Patient.rx'],
    ['no letters', 'system/Patient.'],
    ['no dot', 'system/Patient'],
    ['upper-case letters', 'system/Patient.RS'],
    ['v1 and v2 mixed', 'system/Patient.reads'],
    ['an unknown context', 'admin/Patient.rs'],
    ['upper-case context', 'System/Patient.rs'],
    ['a type in lower case', 'system/patient.rs'],
    ['a type with a digit', 'system/Patient2.rs'],
    ['two types', 'system/Patient,Observation.rs'],
    ['a star inside a type', 'system/Pat*.rs'],
    ['an id', 'system/Patient/1.rs'],
    ['a leading space', ' system/Patient.rs'],
    ['a trailing line feed', 'system/Patient.rs\n'],
    ['a trailing NUL', 'system/Patient.rs\0'],
    ['two tokens', 'system/Patient.rs system/Patient.rs'],
    ['a query on a v1 scope', 'patient/Patient.read?gender=male'],
    ['an empty query', 'system/Patient.rs?'],
    ['a query without a value', 'system/Patient.rs?gender='],
    ['a query without a name', 'system/Patient.rs?=male'],
    ['a query that ends with &', 'system/Patient.rs?gender=male&'],
    ['a space in the query', 'system/Patient.rs?name=a b'],
    ['a quote in the query', 'system/Patient.rs?name="a"'],
    ['a backslash in the query', 'system/Patient.rs?name=a\\b'],
    ['an escape in the query that is no UTF-8', 'system/Patient.rs?name=%ED%A0%80'],
    ['an escape of a slash that is too long', 'system/Patient.rs?name=%C0%AF'],
    ['a percent sign in the query that begins no escape', 'system/Patient.rs?name=100%'],
    ['the bytes of a letter in two values', 'system/Patient.rs?name=%D0&name=%9A'],
    ['__proto__', '__proto__'],
    ['__proto__ as the type', 'system/__proto__.rs'],
    ['__proto__ as the permission', 'system/Patient.__proto__'],
    ['constructor as the permission', 'system/Patient.constructor'],
    ['a Cyrillic look-alike', 'system/\u0420atient.rs'],
    ['a type of 65 letters', `system/${'A'.repeat(65)}.rs`],
    ['a million characters', `system/Patient.rs?a=${'x'.repeat(1_000_000)}`],
  ];
  for (const [why, token] of invalid) {
    it(`refuses ${why}`, () => assert.equal(parseScope(token), undefined));
  }

  it('SM-08 refuses a type that is not in the list, when a list is given', () => {
    const types = new Set(['Patient']);
    assert.ok(parseScope('system/Patient.rs', { types }));
    assert.ok(parseScope('system/*.rs', { types }));
    assert.equal(parseScope('system/Nope.rs', { types }), undefined);
    assert.ok(parseScope('system/Nope.rs'));
  });

  it('takes a hostile query in linear time', () => {
    const started = process.cpuUsage();
    assert.equal(parseScope(`system/Patient.rs?${'a=a&'.repeat(200)}`), undefined);
    assert.equal(parseScope(`system/Patient.rs?${'a='.repeat(400)}\\`), undefined);
    assert.ok(process.cpuUsage(started).user < 200_000);
  });
});

describe('formatScope', () => {
  const table: [token: string, formatted: string][] = [
    ['system/*.cruds', 'system/*.cruds'],
    ['patient/Observation.rs?category=x', 'patient/Observation.rs?category=x'],
    ['patient/*.read', 'patient/*.rs'],
    ['user/Patient.write', 'user/Patient.cud'],
    ['user/Patient.*', 'user/Patient.cruds'],
  ];
  for (const [token, formatted] of table) {
    it(`writes ${token} as ${formatted}`, () => {
      const scope = parseScope(token);
      assert.ok(scope);
      assert.equal(formatScope(scope), formatted);
      assert.deepEqual(parseScope(formatted), scope);
    });
  }

  it('writes permissions in the order of the grammar whatever the order of the set', () => {
    assert.equal(
      formatScope({ context: 'system', type: 'Patient', permissions: new Set(['s', 'r', 'c']) }),
      'system/Patient.crs',
    );
  });
});
