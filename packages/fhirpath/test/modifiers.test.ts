/** `checkModifiers()`. https://hl7.org/fhir/R5/fhirpath.html#functions */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compile } from '../src/index.ts';

const resource = {
  resourceType: 'Patient',
  modifierExtension: [{ url: 'urn:a', valueBoolean: true }],
  name: [{ family: 'Karimova' }, { family: 'Usmonova' }],
  contact: [
    { relationship: [{ text: 'aunt' }], modifierExtension: [{ url: 'urn:a' }, { url: 'urn:b' }] },
    { extension: [{ url: 'urn:c' }] },
  ],
};
const valuesOf = (expression: string): unknown[] =>
  compile(expression)
    .evaluate(resource)
    .map(({ value }) => value);
const isRefused = (expression: string, message: RegExp): void => {
  assert.throws(() => valuesOf(expression), { kind: 'evaluation', message });
};

describe('checkModifiers()', () => {
  it('gives back what has no other modifier extensions than those given', () => {
    assert.deepEqual(valuesOf("Patient.checkModifiers('urn:a').name.family"), ['Karimova', 'Usmonova']);
    assert.deepEqual(valuesOf("contact.checkModifiers('urn:b', 'urn:a').relationship.text"), ['aunt']);
    assert.deepEqual(valuesOf('name.checkModifiers().family'), ['Karimova', 'Usmonova']);
    assert.deepEqual(
      valuesOf("contact[1].checkModifiers('urn:x').extension.url"),
      ['urn:c'],
      'an extension is no modifier',
    );
    assert.deepEqual(valuesOf("photo.checkModifiers('urn:x')"), []);
  });

  it('is an error where there is another one, whichever element of the input has it', () => {
    isRefused("Patient.checkModifiers('urn:b')", /modifier extension urn:a/);
    isRefused('Patient.checkModifiers()', /urn:a/);
    isRefused("contact.checkModifiers('urn:a').relationship", /urn:b/);
  });

  it('looks at the elements of the input alone, and not into them', () => {
    assert.equal(valuesOf("Patient.checkModifiers('urn:a').contact").length, 2);
  });

  it('is an error where an argument is empty or no string', () => {
    isRefused("Patient.checkModifiers('urn:a', {})", /empty/);
    isRefused('Patient.checkModifiers(1)', /string/);
  });
});
