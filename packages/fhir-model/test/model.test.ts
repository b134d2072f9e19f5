import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { baseTypes } from '../build/elements.ts';
import { readDefinitions, type ElementDefinition, type StructureDefinition } from '../build/definitions.ts';
import { generate } from '../build/outputs.ts';
import { isStale, outputFolder } from '../build/generated.mjs';
import { elementsOf, isSubtype, memberOf, resourceTypes, typeName, typeNumber, typeOf } from '../src/index.ts';
import { patientCompartmentPaths } from '../src/model/patient-compartment.ts';
import type { Patient, Resource } from '../src/index.ts';

const structures = readDefinitions<StructureDefinition>('StructureDefinition');

describe('resource types', () => {
  it('are the concrete resources of the package, each with a number of its own', () => {
    const concrete = baseTypes(structures).filter(({ kind, abstract }) => kind === 'resource' && !abstract);
    assert.deepEqual([...resourceTypes], concrete.map(({ type }) => type).sort());
    const numbers = resourceTypes.map((type) => typeNumber(type));
    assert.equal(new Set(numbers).size, 158);
    assert.deepEqual(
      numbers.map((number) => typeName(number!)),
      [...resourceTypes],
    );
    assert.equal(typeNumber('DomainResource'), undefined);
    assert.equal(typeName(0), undefined);
  });

  it('keep the numbers that databases already hold', () => {
    // Pins of the append-only list; they may never change.
    assert.deepEqual(['Account', 'Observation', 'Patient', 'VisionPrescription'].map(typeNumber), [1, 103, 111, 158]);
  });
});

describe('the element table', () => {
  it('has every element of every snapshot, in order, with its cardinality and types', () => {
    let compared = 0;
    for (const { kind, snapshot } of baseTypes(structures)) {
      const children = new Map<string, ElementDefinition[]>();
      for (const element of snapshot.element.slice(1)) {
        if (kind === 'primitive-type' && element.path.endsWith('.value')) continue;
        const parent = element.path.slice(0, element.path.lastIndexOf('.'));
        children.set(parent, [...(children.get(parent) ?? []), element]);
      }
      for (const [parent, expected] of children) {
        const elements = [...elementsOf(parent)!.values()];
        const path = ({ name, choice }: { name: string; choice: boolean }) => `${parent}.${name}${choice ? '[x]' : ''}`;
        assert.deepEqual(
          elements.map(path),
          expected.map((element) => element.path),
        );
        for (const [i, element] of elements.entries()) {
          const { min, max, isModifier, isSummary, type } = expected[i]!;
          assert.equal(element.min, min, path(element));
          assert.equal(element.max, max === '*' ? Infinity : Number(max), path(element));
          assert.equal(element.isModifier, isModifier === true, path(element));
          assert.equal(element.isSummary, isSummary === true, path(element));
          assert.equal(element.binding?.valueSet, expected[i]!.binding?.valueSet, path(element));
          assert.equal(element.types.length, new Set(type?.map(({ code }) => code)).size || 1, path(element));
          for (const name of element.types) assert.ok(typeOf(name) !== undefined, `${path(element)}: ${name}`);
          compared += 1;
        }
      }
    }
    assert.ok(compared > 9000, String(compared));
  });

  it('resolves backbone elements, content references, choices and ids', () => {
    assert.deepEqual(elementsOf('Patient')?.get('contact')?.types, ['Patient.contact']);
    assert.deepEqual(elementsOf('Bundle.entry')?.get('link')?.types, ['Bundle.link']);
    assert.deepEqual(elementsOf('Questionnaire.item')?.get('item')?.types, ['Questionnaire.item']);
    assert.deepEqual(elementsOf('Patient')?.get('deceased')?.types, ['boolean', 'dateTime']);
    assert.deepEqual(elementsOf('Patient')?.get('generalPractitioner')?.targets, [
      'Organization',
      'Practitioner',
      'PractitionerRole',
    ]);
    assert.deepEqual(elementsOf('Patient')?.get('id')?.types, ['id']);
    assert.deepEqual(elementsOf('Address')?.get('id')?.types, ['string']);
    assert.deepEqual(elementsOf('Extension')?.get('url')?.xml, 'attribute');
    assert.deepEqual(elementsOf('Narrative')?.get('div')?.xml, 'xhtml');
    assert.deepEqual(elementsOf('Patient')?.get('gender')?.binding, {
      strength: 'required',
      valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender|5.0.0',
    });
    for (const unknown of ['Nothing', 'toString', '__proto__', 'Patient.name'])
      assert.equal(elementsOf(unknown), undefined);
  });

  it('knows what a JSON member is', () => {
    const member = (type: string, name: string) => {
      const found = memberOf(type, name);
      return found && [found.element.name, found.type, found.isSibling];
    };
    assert.deepEqual(member('Patient', 'deceasedDateTime'), ['deceased', 'dateTime', false]);
    assert.deepEqual(member('Patient', '_birthDate'), ['birthDate', 'date', true]);
    assert.deepEqual(member('Observation', 'valueQuantity'), ['value', 'Quantity', false]);
    for (const name of ['deceased', 'deceasedString', '_name', 'resourceType', '_valueQuantity']) {
      assert.equal(member('Patient', name), undefined, name);
    }
    assert.equal(member('Extension', '_url'), undefined);
  });

  it('knows the hierarchy', () => {
    assert.ok(isSubtype('Age', 'Quantity') && isSubtype('Patient', 'DomainResource') && isSubtype('code', 'string'));
    assert.ok(isSubtype('Patient.contact', 'BackboneElement') && !isSubtype('Bundle', 'DomainResource'));
    assert.equal(typeOf('Resource')?.isAbstract, true);
  });

  it('knows the ways into the Patient compartment', () => {
    const paths = (type: string) => patientCompartmentPaths(type).map(({ path }) => path.join('.'));
    assert.deepEqual(paths('Observation'), ['subject', 'performer']);
    assert.deepEqual(paths('Appointment'), ['participant.actor']);
    assert.deepEqual(paths('NutritionIntake'), ['subject', 'reportedReference']);
    assert.deepEqual(paths('DeviceRequest'), ['subject', 'performer.reference']);
    assert.deepEqual(paths('Organization'), []);
  });
});

describe('the generator', () => {
  it('writes the same bytes as those at hand, twice', () => {
    const outputs = generate();
    assert.deepEqual(generate(), outputs);
    for (const [name, content] of Object.entries(outputs)) {
      assert.ok(readFileSync(join(outputFolder, name), 'utf8') === content, `${name} differs: npm run generate`);
    }
    assert.equal(isStale(), false);
    assert.deepEqual(readdirSync(outputFolder).sort(), ['model.json', 'stamp.txt', 'types.ts']);
  });

  it('is named by the error that the runtime gives without its output', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'fhir-model-'));
    try {
      cpSync(new URL('../src/model', import.meta.url), join(copy, 'src/model'), { recursive: true });
      const url = pathToFileURL(join(copy, 'src/model/model.ts')).href;
      const model = (await import(url)) as { typeOf: (name: string) => unknown };
      assert.throws(() => model.typeOf('Patient'), /has not been generated: run `npm run generate`/);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

describe('the TypeScript interfaces', () => {
  it('describe resources by resourceType', () => {
    const patient: Patient = {
      resourceType: 'Patient',
      name: [{ family: 'Karimova', given: ['Nilufar'], _given: [null] }],
      birthDate: '1990-01-01',
      _birthDate: { extension: [{ url: 'http://example.org/time', valueDateTime: '1990-01-01T10:00:00+05:00' }] },
      deceasedBoolean: false,
      contact: [{ relationship: [{ text: 'mother' }] }],
    };
    const resources: Resource[] = [
      patient,
      { resourceType: 'Bundle', type: 'collection', entry: [{ resource: patient }] },
    ];
    const families = resources.map((resource) =>
      resource.resourceType === 'Patient' ? resource.name?.[0]?.family : resource.id,
    );
    assert.deepEqual(families, ['Karimova', undefined]);
    // @ts-expect-error a choice member with a type that the choice does not have
    patient.deceasedString = 'no';
    // @ts-expect-error a status must be there
    const observation: Resource = { resourceType: 'Observation', code: {} };
    assert.ok(observation);
  });
});
