/** Texts that a health worker types to find a patient. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { patientQuery } from '../src/records/patient-query.ts';

const pinfl = 'https://dhp.uz/fhir/core/sid/pid/uz/ni|';

describe('a search for a patient', () => {
  const cases: [string, string, string[][] | undefined][] = [
    [
      'Каримова Азиза',
      '',
      [
        ['name', 'Каримова'],
        ['name', 'Азиза'],
      ],
    ],
    [
      "  G'ulomov,  Ali ",
      '',
      [
        ['name', "G'ulomov"],
        ['name', 'Ali'],
      ],
    ],
    ['30101900000011', '', [['identifier', `${pinfl}30101900000011`]]],
    [
      'Karimova 14.05.1990',
      '',
      [
        ['name', 'Karimova'],
        ['birthdate', '1990-05-14'],
      ],
    ],
    [
      'Karimova',
      '1990-05-14',
      [
        ['birthdate', '1990-05-14'],
        ['name', 'Karimova'],
      ],
    ],
    ['', '1990-05-14', [['birthdate', '1990-05-14']]],
    ['a$b|c', '', [['name', 'a\\$b\\|c']]],
    ['', '', undefined],
    ['K', '', undefined],
    ['12345', '', undefined],
    ['31.02.1990', '', undefined],
    ['%%', 'yesterday', undefined],
  ];
  for (const [text, birthDate, wanted] of cases) {
    it(`of "${text}" ${birthDate}`, () => {
      const query = patientQuery(text, birthDate);
      assert.deepEqual(query && [...query], wanted);
    });
  }
});
