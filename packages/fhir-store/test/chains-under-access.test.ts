/**
 * Chains at each place of a statement, under each access condition on the whole row: on stored resources and on contained ones, which have fewer
 * columns.
 */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import type { Cared, Condition } from '@dhp/search-index';
import { careHash } from '@dhp/search-index/care';
import type { FhirStore, ReadPermission } from '../src/index.ts';
import { definitionOf, containerTypes } from '@dhp/labels';
import { nobody } from './consent-world.ts';
import { storeUnderTest } from './database.ts';
import { everyone, parsed, put, search } from './search-world.ts';

const underTest = await storeUnderTest('chains_under_access');
let store: FhirStore;
const label = 'urn:l|HIV';

before(async () => {
  store = await underTest.open();
  await store.labels.define(definitionOf([{ labels: [label], codes: ['urn:c|hiv'] }], []), 1);
  const to = (reference: string): object => ({ reference });
  await put(
    store,
    { resourceType: 'Patient', id: 'p', name: [{ family: 'Karimova' }] },
    { resourceType: 'Encounter', id: 'whole', status: 'completed', subject: to('Patient/p') },
    {
      resourceType: 'Encounter',
      id: 'e',
      status: 'completed',
      subject: to('Patient/p'),
      partOf: to('Encounter/whole'),
    },
    // A stored resource with a label has the same id as a contained one.
    {
      resourceType: 'Practitioner',
      id: 'inner',
      name: [{ family: 'Other' }],
      qualification: [{ code: { coding: [{ system: 'urn:c', code: 'hiv' }] } }],
    },
    { resourceType: 'Observation', id: 'o', status: 'final', subject: to('Patient/p'), encounter: to('Encounter/e') },
    {
      ...{
        resourceType: 'Observation',
        id: 'c',
        status: 'final',
        subject: to('Patient/p'),
        encounter: to('Encounter/e'),
      },
      contained: [{ resourceType: 'Practitioner', id: 'inner', name: [{ family: 'Usmonova' }] }],
      performer: [to('#inner')],
    },
  );
});

/** They withhold nothing: there are no consents, none of the resources has a label, and Encounters need no care. */
const cared: Cared = {
  ...{ op: 'cared', of: 'record', callers: [], subject: careHash.subject('me') },
  opened: [careHash.reference('Patient/p')],
  windows: { before: [], after: [], open: [] },
};
const unlabelled: Condition = { op: 'unlabelled', none: [label], inheriting: containerTypes };
const conditions: Readonly<Record<string, Condition>> = {
  consents: nobody,
  labels: unlabelled,
  care: cared,
  'all of them': { op: 'all', of: [nobody, unlabelled, cared] },
};

const queries: Readonly<Record<string, string>> = {
  '_filter=encounter.part-of pr true': 'c o',
  '_filter=not (encounter.status eq planned)': 'c o',
  '_filter=encounter.status eq completed or status eq amended': 'c o',
  '_filter=encounter.part-of.status eq completed': 'c o',
  'encounter.part-of:missing=false': 'c o',
  'encounter.part-of.status=completed': 'c o',
  'performer:Practitioner.name=Usmonova': 'c',
  '_filter=performer:Practitioner.name eq Usmonova': 'c',
  '_filter=not (performer:Practitioner.name pr true)': 'o',
  '_filter=performer:Practitioner.name pr true and status eq final': 'c',
  'subject:Patient.name=Karimova': 'c o',
};

for (const [name, condition] of Object.entries(conditions))
  it(`find the same under ${name} that leave everything`, async () => {
    const access: ReadPermission = () => condition;
    for (const [query, expected] of Object.entries(queries)) {
      const found = async (permission: ReadPermission): Promise<string> =>
        (await search(store, 'Observation', query, { count: 10, access: permission })).matches
          .map(({ id }) => id)
          .sort()
          .join(' ');
      assert.equal(await found(everyone), expected, query);
      assert.equal(await found(access), expected, `${query} under ${name}`);
      const { statements } = await store.explain({ query: parsed('Observation', query).query, access, count: 10 });
      assert.ok(statements.length > 0);
    }
  });
