import { create, list, observation, patient, stored, unique } from '../requests.ts';
import type { Sent, Shapes, World } from '../shape.ts';

const sd = 'http://example.org/StructureDefinition/';
const profileOf = (type: string, element: readonly object[]): { resourceType: string; url: string } => {
  const url = `${sd}${unique()}`;
  return {
    ...{ resourceType: 'StructureDefinition', url, name: 'Cost', status: 'active', kind: 'resource', abstract: false },
    ...{ type, baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`, derivation: 'constraint' },
    ...{ differential: { element: [{ id: type, path: type }, ...element] } },
  };
};

/** Stores a profile. @returns its url */
async function withProfile(world: World, type: string, element: readonly object[]): Promise<string> {
  const profile = profileOf(type, element);
  await stored(world, profile);
  return profile.url;
}

const validated = (resource: { resourceType: string }): Sent => ({
  ...create(resource),
  path: `${resource.resourceType}/$validate`,
});
const constraints = (n: number): object[] =>
  list(n, (i) => ({
    ...{ key: `c-${i}`, severity: 'error', human: 'x' },
    expression: `name.where(family = 'x${i}').count() < 5`,
  }));
const questionnaire = (item: readonly object[]): { resourceType: string } => ({
  ...{ resourceType: 'Questionnaire', status: 'active', url: `http://example.org/Questionnaire/${unique()}` },
  ...{ item },
});

/** Profiles, search parameters and questionnaires that callers upload, and what is checked by them. */
export const definitions: Shapes = [
  {
    name: 'constraints of a profile',
    n: 10,
    most: 400,
    isPaidBefore: true, // they are compiled
    prepare: (n, world) =>
      withProfile(world, 'Patient', [{ id: 'Patient.name', path: 'Patient.name', constraint: constraints(n) }]),
    make: (_, __, url) => validated(patient({ meta: { profile: [url] }, name: [{ family: 'x' }] })),
  },
  {
    name: 'constraints of a profile that is uploaded',
    n: 20,
    most: 1_000,
    make: (n) =>
      create(profileOf('Patient', [{ id: 'Patient.name', path: 'Patient.name', constraint: constraints(n) }])),
  },
  {
    name: 'slices of a profile that is uploaded',
    n: 20,
    most: 1_000,
    make: (n) =>
      create(
        profileOf('Observation', [
          {
            id: 'Observation.component',
            path: 'Observation.component',
            slicing: { discriminator: [{ type: 'value', path: 'code' }], rules: 'open' },
          },
          ...list(n, (i) => [
            { id: `Observation.component:s${i}`, path: 'Observation.component', sliceName: `s${i}` },
            {
              id: `Observation.component:s${i}.code`,
              path: 'Observation.component.code',
              patternCodeableConcept: { coding: [{ code: `c${i}` }] },
            },
          ]).flat(),
        ]),
      ),
  },
  {
    name: 'items of a sliced list',
    n: 20,
    most: 2_000,
    prepare: (_, world) =>
      withProfile(world, 'Observation', [
        {
          id: 'Observation.component',
          path: 'Observation.component',
          slicing: { discriminator: [{ type: 'value', path: 'code' }], rules: 'open' },
        },
        { id: 'Observation.component:a', path: 'Observation.component', sliceName: 'a' },
        {
          id: 'Observation.component:a.code',
          path: 'Observation.component.code',
          patternCodeableConcept: { coding: [{ code: 'a' }] },
        },
      ]),
    make: (n, _, url) =>
      validated(
        observation({
          meta: { profile: [url] },
          component: list(n, (i) => ({ code: { coding: [{ code: i % 2 === 0 ? 'a' : `b${i}` }] }, valueInteger: i })),
        }),
      ),
  },
  {
    name: 'items of a list with an invariant over all pairs',
    n: 500,
    most: 6_000,
    isBudgeted: true,
    prepare: (_, world) =>
      withProfile(world, 'Patient', [
        {
          ...{ id: 'Patient.name', path: 'Patient.name' },
          constraint: [
            {
              ...{ key: 'c-1', severity: 'error', human: 'x' },
              expression: "%resource.name.where(family = 'none').empty()",
            },
          ],
        },
      ]),
    make: (n, _, url) => validated(patient({ meta: { profile: [url] }, name: list(n, (i) => ({ family: `n${i}` })) })),
  },
  {
    name: 'an expression in an uploaded search parameter',
    n: 20,
    most: 500,
    make: (n) => {
      const id = unique();
      return create({
        ...{
          resourceType: 'SearchParameter',
          url: `http://example.org/SearchParameter/${id}`,
          name: 'Cost',
          status: 'draft',
        },
        ...{ description: 'x', code: `cost-${id}`, base: ['Patient'], type: 'string', processingMode: 'normal' },
        expression: list(n, () => 'Patient.name.family').join(' | '),
      });
    },
  },
  {
    name: 'items of a questionnaire',
    n: 40,
    most: 4_000,
    make: (n) => create(questionnaire(list(n, (i) => ({ linkId: `${i}`, type: 'string', text: 'x' })))),
  },
  {
    name: 'conditions of a questionnaire',
    n: 20,
    most: 1_000,
    make: (n) =>
      create(
        questionnaire([
          { linkId: 'q', type: 'boolean' },
          {
            ...{ linkId: 'r', type: 'string', enableBehavior: 'any' },
            enableWhen: list(n, () => ({ question: 'q', operator: '=', answerBoolean: true })),
          },
        ]),
      ),
  },
  {
    name: 'answers to a questionnaire',
    n: 20,
    most: 2_000,
    async prepare(n, world) {
      const own = questionnaire(
        list(n, (i) => ({
          linkId: `${i}`,
          type: 'string',
          ...(i > 0 && { enableWhen: [{ question: `${i - 1}`, operator: 'exists', answerBoolean: true }] }),
        })),
      );
      await stored(world, own);
      return (own as unknown as { url: string }).url;
    },
    make: (n, _, url) =>
      validated({
        ...{ resourceType: 'QuestionnaireResponse', questionnaire: url, status: 'completed' },
        ...{ item: list(n, (i) => ({ linkId: `${i}`, answer: [{ valueString: 'x' }] })) },
      }),
  },
  {
    name: 'concepts of a code system that is uploaded',
    n: 40,
    most: 4_000,
    make: (n) =>
      create({
        ...{
          resourceType: 'CodeSystem',
          url: `http://example.org/CodeSystem/${unique()}`,
          status: 'active',
          content: 'complete',
        },
        concept: list(n, (i) => ({ code: `c${i}`, display: `C ${i}` })),
      }),
  },
];
