import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import {
  describeIssue,
  operationOutcome,
  placeIssues,
  placeIssuesInParts,
  Validator,
  type Issue,
} from '../src/index.ts';
import { findingMessages } from '../src/texts/finding.ts';
import { kinds } from '../src/messages/kinds.ts';

const validator = new Validator();

describe('messages', () => {
  it('are there for every finding', () => {
    assert.deepEqual(Object.keys(findingMessages.en), Object.keys(kinds));
  });

  it('leave out what is not known', () => {
    const issue: Issue = {
      severity: 'error',
      code: 'structure',
      id: 'element-missing',
      expression: 'Patient',
      values: { element: 'name', min: 1, count: 0 },
    };
    assert.equal(describeIssue(issue), 'name is required: at least 1, found 0. Add it.');
    const withProfile = { ...issue, values: { ...issue.values, profile: 'urn:p' } };
    assert.equal(
      describeIssue(withProfile, 'ru'),
      'Элемент name обязателен: не менее 1, найдено 0. Добавьте его. (профиль urn:p)',
    );
  });

  it('fill in values as they are, even those that look like names of values', () => {
    const [issue] = validator.validate({ resourceType: 'Patient', birthDate: '{type}' });
    assert.equal(describeIssue(issue!), '"{type}" is not a valid date. Write it like 2026-01-31.');
    assert.match(describeIssue(issue!, 'uz'), /^“\{type\}” date turi uchun yaroqsiz/);
  });
});

describe('places in the text', () => {
  const text = `{ "resourceType": "Patient",
  "name": [ { "family": "Ж", "given": ["a", ""] },
            { "use": "offical" } ],
  "deceasedDateTime": "no",
  "birthdate": 1,
  "_birthDate": { "extension": [ { "valueString": "x" } ] },
  "contact": [ { } ] }`;

  it('are those of the values at fault, or of what holds them', () => {
    const source = scanJson(text);
    const issues = validator.validateText(source);
    const places = placeIssues(issues, source);
    const shown = issues.map(({ id, expression }, i) => `${places[i]!.line}:${places[i]!.column} ${id} ${expression}`);
    assert.deepEqual(shown, [
      '2:45 value-empty Patient.name[0].given[1]',
      '2:45 invariant Patient.name[0].given[1]',
      '3:22 code-not-in-value-set Patient.name[1].use',
      '4:23 value-format Patient.deceased.ofType(dateTime)',
      '5:16 unknown-element Patient',
      '6:34 element-missing Patient.birthDate.extension[0]',
      '6:34 extension-without-url Patient.birthDate.extension[0]',
      '7:16 object-empty Patient.contact[0]',
      '7:16 invariant Patient.contact[0]',
    ]);
  });

  it('are the same, and others get their turn, when they are looked for in parts', async () => {
    // Longer than one part in each way: a string, a skipped array, an array that is entered, and the text after them.
    const long = JSON.stringify('x\\"y\n'.repeat(40_000));
    const skipped = `[${'{"url":"urn:x","valueString":"a, b"},'.repeat(5_000)}{"url":"urn:y","valueDecimal":1.0}]`;
    const names = `[${'{"family":"Ж"},\n'.repeat(20_000)}{"use":"offical"}]`;
    const inParts = scanJson(
      `{"resourceType":"Patient","extension":${skipped},"text":{"status":"generated","div":${long}},"name":${names},"gender":"x"}`,
    );
    const issues = [
      ['Patient.name[20000].use', 20_001],
      ['Patient.gender', 20_001],
      ['Patient.text.div', 1],
      ['Patient.name[7].period', 8],
      ['Patient.extension[5000].value.ofType(decimal)', 1],
      ['Patient.birthDate', 1],
    ] as const;
    const asked = issues.map(([expression]) => ({ expression, id: 'value-format' as const, values: {} }));
    let pauses = 0;
    const places = await placeIssuesInParts(asked, inParts, () => {
      pauses += 1;
      return pauses % 2 === 0 ? undefined : Promise.resolve();
    });
    assert.deepEqual(places, placeIssues(asked, inParts));
    assert.deepEqual(
      places.map(({ line }) => line),
      issues.map(([, line]) => line),
    );
    assert.ok(pauses >= 10, `${pauses} pauses`);
  });

  it('are looked for up to the last of them', async () => {
    const long = scanJson(`{"resourceType":"Patient","gender":"x","name":[${'{"family":"Ж"},'.repeat(50_000)}{}]}`);
    let pauses = 0;
    const asked = [{ expression: 'Patient.gender', id: 'value-format' as const, values: {} }];
    const places = await placeIssuesInParts(asked, long, () => void (pauses += 1));
    assert.deepEqual([places, pauses], [[{ line: 1, column: 36 }], 0]);
  });

  it('stand in an OperationOutcome with the id and the text of each finding', () => {
    const source = scanJson('{"resourceType":"Patient",\n"gender":"x"}');
    assert.deepEqual(operationOutcome(validator.validateText(source), 'en', source), [
      {
        extension: [
          { url: 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line', valueInteger: 2 },
          { url: 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col', valueInteger: 10 },
        ],
        severity: 'error',
        code: 'code-invalid',
        details: {
          coding: [{ system: 'urn:dhp:validation', code: 'code-not-in-value-set' }],
          text: 'The code x is not in the value set http://hl7.org/fhir/ValueSet/administrative-gender|5.0.0. Use one of its codes.',
        },
        expression: ['Patient.gender'],
      },
    ]);
    const outcome = {
      resourceType: 'OperationOutcome',
      issue: operationOutcome(validator.validateText(source), 'ru', source),
    };
    assert.deepEqual(new Validator({ unknownExtensions: 'ignore' }).validate(outcome), []);
  });
});
