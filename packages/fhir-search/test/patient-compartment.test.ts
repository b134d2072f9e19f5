import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { elementsOf, resourceTypes } from '@dhp/fhir-model';
import { patientCompartmentPaths, patientCompartmentWithoutPath } from '@dhp/fhir-model/compartment';
import { patientCompartment } from '../src/index.ts';

const definitions = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.core/package.json')));

const patient = (id: string) => ({ reference: `Patient/${id}` });

describe('patientCompartment', () => {
  it('covers every parameter of the definition', () => {
    const definition = JSON.parse(readFileSync(join(definitions, 'CompartmentDefinition-patient.json'), 'utf8')) as {
      resource: { code: string; param?: string[] }[];
    };
    // The only one without a path is not a search parameter: it means that a Patient is in its own compartment.
    assert.deepEqual(patientCompartmentWithoutPath(), ['Patient.{def}']);
    const named = definition.resource.filter(({ param }) => param !== undefined);
    assert.deepEqual(
      named.map(({ code }) => code).sort(),
      resourceTypes.filter((type) => patientCompartmentPaths(type).length > 0),
    );
    for (const { code, param = [] } of named) {
      // Two parameters of one place (`patient` and `subject`) make one path.
      const places = new Set(patientCompartmentPaths(code).map(({ path }) => path.join('.')));
      assert.equal(places.size, patientCompartmentPaths(code).length, code);
      assert.ok(places.size <= param.length && places.size > 0, code);
    }
  });

  it('finds a patient at each of its places, in a list or alone', () => {
    for (const type of resourceTypes) {
      for (const { path } of patientCompartmentPaths(type)) {
        const lists: unknown = path.reduceRight<unknown>((value, member) => [{ [member]: value }], [patient('x')]);
        const alone: unknown = path.reduceRight<unknown>((value, member) => ({ [member]: value }), patient('x'));
        for (const members of [(lists as object[])[0]!, alone as object]) {
          assert.deepEqual(patientCompartment({ resourceType: type, ...members }), ['x'], `${type}.${path.join('.')}`);
        }
        assert.ok(elementsOf(type) !== undefined);
      }
    }
  });

  it('knows the base URLs of this server', () => {
    const subject = { reference: 'https://dhp.example/fhir/Patient/x' };
    const observation = { resourceType: 'Observation', subject };
    assert.deepEqual(patientCompartment(observation), []);
    assert.deepEqual(patientCompartment(observation, ['https://dhp.example/fhir']), ['x']);
    assert.deepEqual(patientCompartment(observation, ['https://dhp.example']), []);
  });

  it('names each patient once, in the order found', () => {
    const appointment = {
      resourceType: 'Appointment',
      subject: patient('not-a-parameter-here'),
      participant: [{ actor: patient('b') }, { actor: patient('a') }, {}, { actor: patient('b/_history/2') }],
    };
    assert.deepEqual(patientCompartment(appointment), ['b', 'a']);
  });

  it('has the Patient itself, and its links', () => {
    assert.deepEqual(patientCompartment({ resourceType: 'Patient', id: 'p', link: [{ other: patient('q') }] }), [
      'p',
      'q',
    ]);
    assert.deepEqual(patientCompartment({ resourceType: 'Patient' }), []);
  });

  it('takes references to patients of this server only', () => {
    const references = [
      'http://elsewhere.example/fhir/Patient/x',
      'Practitioner/x',
      '#x',
      'urn:uuid:0b5f0a1e-0000-7000-8000-000000000000',
      'Patient/',
      'Patient?identifier=1',
      'Patient/x/y',
      'Patient/a b',
      'Patient/x/_history',
      'patient/x',
    ];
    for (const reference of references) {
      assert.deepEqual(patientCompartment({ resourceType: 'Observation', subject: { reference } }), [], reference);
    }
    const logical = { resourceType: 'Observation', subject: { type: 'Patient', identifier: { value: '1' } } };
    assert.deepEqual(patientCompartment(logical), []);
  });

  it('passes over members of the wrong shape', () => {
    for (const subject of [null, 5, 'Patient/x', [null, [], 'x'], { reference: 5 }, { reference: null }, {}]) {
      assert.deepEqual(patientCompartment({ resourceType: 'Observation', subject }), []);
    }
    assert.deepEqual(patientCompartment({ resourceType: 'Observation', subject: [[patient('x')]] }), ['x']);
    assert.deepEqual(patientCompartment({ resourceType: '__proto__' }), []);
    assert.deepEqual(patientCompartment({ resourceType: 'Nothing', subject: patient('x') }), []);
  });
});
