/** Contained resources and what leads to them. https://hl7.org/fhir/R5/references.html#contained */
import { memberOf, typeOf } from '@dhp/fhir-model';
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { added, inResource, listed, type Fault, type Faults } from '../faults/fault.ts';
import { made } from '../odd/index.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';

/** A resource that can contain, with contained resources and an extension that leads to the first of them. */
const holding = (make: (random: Random, outer: Json) => readonly Json[], reference = '#inner'): Fault =>
  inResource('*', (resource, random) => {
    if (memberOf(String(resource['resourceType']), 'contained') === undefined) return undefined;
    const extension = { url: `${core}/workflow-supportingInfo`, valueReference: { reference } };
    return added(added(resource, 'contained', ...make(random, resource)), 'extension', extension);
  });

const inner = (more: Json = {}): Json => ({ resourceType: 'Organization', id: 'inner', name: 'a', ...more });

const types = [
  'Patient',
  'Observation',
  'Medication',
  'ValueSet',
  'Questionnaire',
  'Bundle',
  'Parameters',
  'Binary',
  'List',
  'Device',
  'Task',
];

export const containedFaults: Faults = {
  'contained and referred to': holding(() => [inner()]),
  'contained with metadata': holding((random) => [
    inner({
      meta: random.pick<Json>([
        { versionId: '1' },
        { lastUpdated: '2026-01-01T10:00:00Z' },
        { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' }] },
        { profile: [`${core}/Patient`] },
        { tag: [{ code: 'a' }] },
        {},
      ]),
    }),
  ]),
  'contained with a narrative': holding(() => [
    inner({ text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">a</div>' } }),
  ]),
  'contained with an id that is none': holding((random) => [
    inner({ id: random.pick(['#inner', 'a b', 'a_b', '', 'x'.repeat(65)]) }),
  ]),
  'contained that leads to itself': holding(() => [inner({ partOf: { reference: '#inner' } })]),
  'contained that leads to the one around it': holding(() => [
    inner({ extension: [{ url: `${core}/workflow-supportingInfo`, valueReference: { reference: '#' } }] }),
  ]),
  'contained that leads to another': holding(() => [
    inner({ partOf: { reference: '#other' } }),
    inner({ id: 'other' }),
  ]),
  'contained that another one alone leads to': holding(() => [
    inner(),
    inner({ id: 'third', partOf: { reference: '#inner' } }),
  ]),
  'contained that leads to none': holding(() => [inner({ partOf: { reference: '#none' } })]),
  'contained of any type': holding((random) => {
    const resourceType = random.pick(types);
    return [{ resourceType, id: 'inner', ...made(resourceType, random, 1, []) }];
  }),
  'contained that has its type alone': holding((random) => [{ resourceType: random.pick(types), id: 'inner' }]),
  'contained in a reference of the wrong type': inResource('*', (resource, random) => {
    const type = String(resource['resourceType']);
    const names = Object.keys(resource).filter(
      (name) => memberOf(type, name)?.type === 'Reference' && memberOf(type, name)?.isSibling === false,
    );
    if (names.length === 0 || typeOf(type)?.kind !== 'resource') return undefined;
    const name = random.pick(names);
    const reference = {
      reference: '#inner',
      ...(random.oneIn(3) && { type: random.pick(['Organization', 'Patient']) }),
    };
    const contained = { resourceType: random.pick(types), id: 'inner' };
    const held = { ...contained, ...made(contained.resourceType, random, 2, []) };
    return added({ ...resource, [name]: Array.isArray(resource[name]) ? [reference] : reference }, 'contained', held);
  }),
  'contained twice': inResource('*', (resource, random) => {
    const all = listed(resource, 'contained');
    return all.length === 0 ? undefined : added(resource, 'contained', random.pick(all));
  }),
  'contained with another id than is referred to': inResource('*', (resource, random) => {
    const all = listed(resource, 'contained');
    if (all.length === 0) return undefined;
    const at = random.below(all.length);
    return {
      ...resource,
      contained: all.map((one, i) => (i === at ? { ...one, id: random.pick(['other', 5, undefined, 'A']) } : one)),
    };
  }),
  'contained with an element taken away': inResource('*', (resource, random) => {
    const all = listed(resource, 'contained');
    const names = Object.keys(all[0] ?? {}).filter((name) => name !== 'resourceType');
    if (names.length === 0) return undefined;
    const { [random.pick(names)]: _gone, ...rest } = all[0]!;
    return { ...resource, contained: [rest, ...all.slice(1)] };
  }),
};
