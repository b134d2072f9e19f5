import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skipNational } from './national.ts';
import { skipExamples } from './published.ts';
import { comparisons, reasonOf } from './snapshot-report.ts';
import { compareSnapshots } from './snapshots.ts';
import { profile } from './tested-profile.ts';

describe('what differentials come to', () => {
  it('is what the published snapshots say, but where it is explained', { skip: skipExamples || skipNational }, () => {
    const all = comparisons();
    assert.deepEqual(
      all.map(([, { profiles, unreadable }]) => [profiles, unreadable.length]),
      [
        [64, 0],
        [680, 0],
        [46, 0],
      ],
    );
    const unexplained = all.flatMap(([, { differences }]) => differences.filter((one) => reasonOf(one) === undefined));
    assert.deepEqual(unexplained, []);
  });

  it('is compared in every aspect', () => {
    const snapshot = {
      element: [
        { id: 'Patient', path: 'Patient' },
        { id: 'Patient.name', path: 'Patient.name', min: 1, max: '3' },
        { id: 'Patient.gender', path: 'Patient.gender', binding: { strength: 'required' as const, valueSet: 'urn:a' } },
        { id: 'Patient.birthDate', path: 'Patient.birthDate', patternDate: '2000', maxLength: 4 },
        {
          id: 'Patient.managingOrganization',
          path: 'Patient.managingOrganization',
          type: [{ code: 'Reference', targetProfile: ['urn:a'] }],
          constraint: [{ key: 'a-1', severity: 'error' as const, human: 'a', expression: 'true' }],
        },
      ],
    };
    const of = profile(
      'Patient',
      [
        { id: 'Patient.name', path: 'Patient.name', min: 1, max: '2' },
        { id: 'Patient.gender', path: 'Patient.gender', binding: { strength: 'required', valueSet: 'urn:b' } },
        { id: 'Patient.birthDate', path: 'Patient.birthDate', maxLength: 10 },
        {
          id: 'Patient.managingOrganization',
          path: 'Patient.managingOrganization',
          type: [{ code: 'Reference', targetProfile: ['urn:b'] }],
        },
      ],
      { snapshot },
    );
    const { differences } = compareSnapshots([{ resourceType: 'StructureDefinition', ...of }]);
    assert.deepEqual(
      differences.map(({ element, aspect, published, ours }) => [element, aspect, published, ours]),
      [
        ['Patient.name', 'cardinality', '1..3', '1..2'],
        ['Patient.gender', 'binding', 'required urn:a', 'required urn:b'],
        ['Patient.birthDate', 'value', '"2000"', ''],
        ['Patient.birthDate', 'length', '4', '10'],
        ['Patient.managingOrganization', 'targets', 'urn:a', 'urn:b'],
        ['Patient.managingOrganization', 'rule', 'a-1: true', ''],
      ],
    );
  });
});
