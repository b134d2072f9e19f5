/** A small population and the terminology that it uses, which the other scripts ask for. */
import { population } from '../../../packages/fhir-store/test/search-world-random.ts';
import type { Script } from '../session.ts';

export type Resource = Record<string, unknown> & { readonly resourceType: string; readonly id: string };

export const fhirJson = { 'content-type': 'application/fhir+json' } as const;
export const codes = 'https://example.org/codes';
export const valueSet = 'https://example.org/laboratory';

const definitions: readonly Resource[] = [
  {
    ...{ resourceType: 'CodeSystem', id: 'codes', url: codes, status: 'active', content: 'complete' },
    ...{ caseSensitive: true, hierarchyMeaning: 'is-a' },
    concept: [
      {
        ...{ code: 'observation', display: 'Observation', definition: 'What was observed' },
        concept: [
          { code: 'lab', display: 'Laboratory', designation: [{ language: 'uz', value: 'Laboratoriya' }] },
          { code: 'vital', display: 'Vital signs', designation: [{ language: 'ru', value: 'Показатели' }] },
        ],
      },
      ...['yes', 'no', 'active', 'resolved', '8480-6', '8462-4', '718-7', '2345-7'].map((code) => ({ code })),
    ],
  },
  {
    ...{ resourceType: 'ValueSet', id: 'laboratory', url: valueSet, status: 'active', version: '1.0.0' },
    compose: {
      include: [{ system: codes, filter: [{ property: 'concept', op: 'is-a', value: 'observation' }] }],
      exclude: [{ system: codes, concept: [{ code: 'vital' }] }],
    },
  },
  {
    ...{ resourceType: 'ConceptMap', id: 'answers', url: 'https://example.org/answers', status: 'active' },
    ...{ sourceScopeUri: `${codes}?source`, targetScopeUri: `${codes}?target` },
    group: [
      {
        ...{ source: codes, target: 'http://terminology.hl7.org/CodeSystem/v2-0136' },
        element: [
          { code: 'yes', target: [{ code: 'Y', relationship: 'equivalent' }] },
          { code: 'no', target: [{ code: 'N', relationship: 'equivalent' }] },
        ],
      },
    ],
  },
];

const others: readonly Resource[] = [
  {
    ...{ resourceType: 'List', id: 'list', status: 'current', mode: 'working' },
    entry: ['Patient/p1', 'Patient/p2', 'Observation/o3'].map((reference) => ({ item: { reference } })),
  },
  {
    ...{ resourceType: 'Composition', id: 'summary', status: 'final', title: 'Summary', date: '2024-05-01' },
    ...{
      type: { text: 'Summary' },
      subject: [{ reference: 'Patient/p1' }],
      author: [{ reference: 'Practitioner/d1' }],
    },
    section: [{ title: 'Results', entry: [{ reference: 'Observation/o1' }, { reference: 'Observation/o2' }] }],
  },
  { resourceType: 'Binary', id: 'picture', contentType: 'image/png', data: 'iVBORw0KGgo=' },
  {
    ...{ resourceType: 'Group', id: 'family', membership: 'enumerated', type: 'person' },
    member: [{ entity: { reference: 'Patient/p1' } }, { entity: { reference: 'Patient/p2' } }],
  },
];

/** Every resource of the world; those that do not conform are refused where resources are validated. */
export const residents: readonly Resource[] = [
  ...(population(7) as Resource[]).map((resource): Resource => {
    if (resource.resourceType !== 'Condition') return resource;
    const system = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
    return { ...resource, clinicalStatus: { coding: [{ system, code: 'active' }] } };
  }),
  ...others,
];

/** Targets of references come first: some servers refuse references to resources that do not exist. */
const order = [
  'CodeSystem',
  'ValueSet',
  'ConceptMap',
  'Organization',
  'Practitioner',
  'Location',
  'Patient',
  'Encounter',
];
const rankOf = ({ resourceType }: Resource): number =>
  (order.indexOf(resourceType) + order.length + 1) % (order.length + 1);

/** Stores all of it, one after the other: the entries of a batch have no order. Reads some of it back. */
export const world: Script = {
  kind: 'world',
  share: 800,
  async run(session) {
    const all = [...definitions, ...residents].toSorted((a, b) => rankOf(a) - rankOf(b));
    for (const resource of all) {
      const path = `/${resource.resourceType}/${resource.id}`;
      await session.send({ method: 'PUT', path, headers: fhirJson, body: JSON.stringify(resource) });
    }
    await session.settle();
    while (session.left > 0) {
      const { resourceType, id } = session.random.pick(all);
      await session.send({ method: 'GET', path: `/${resourceType}/${id}` });
    }
  },
};
