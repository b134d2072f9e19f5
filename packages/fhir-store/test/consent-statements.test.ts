/**
 * How much the question of consents adds to the statements of a search: nodes of the plans, and characters. Counted, not timed. Each scan of a statement
 * asks it, and a search of many branches has many scans.
 */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import type { Consented } from '@dhp/search-index';
import { careHash } from '@dhp/search-index/care';
import { consentHash } from '@dhp/search-index/consents';
import { hash64 } from '@dhp/search-index/keys';
import type { FhirStore, ReadPermission } from '../src/index.ts';
import { nobody } from './consent-world.ts';
import { storeUnderTest } from './database.ts';
import { everyone, parsed, put } from './search-world.ts';

const underTest = await storeUnderTest('consent_statements');
let store: FhirStore;

before(async () => {
  store = await underTest.open();
  await put(
    store,
    { resourceType: 'Patient', id: 'p', name: [{ family: 'Karimova' }] },
    { resourceType: 'Encounter', id: 'e', status: 'completed', subject: { reference: 'Patient/p' } },
    {
      ...{ resourceType: 'Observation', id: 'o', status: 'final', code: { coding: [{ system: 'urn:c', code: 'x0' }] } },
      ...{ subject: { reference: 'Patient/p' }, encounter: { reference: 'Encounter/e' } },
    },
  );
});

/** A person of an organisation, who may act for patients: the caller with the most look-ups. */
const caller: Consented = {
  ...nobody,
  ...{
    callers: [consentHash.client('c'), consentHash.actor('Practitioner/1')],
    purposes: [consentHash.purpose('TREAT')],
  },
  ...{ organizations: [hash64('Organization/1')], members: [careHash.reference('Practitioner/1')] },
  ...{ persons: [consentHash.actor('Practitioner/1')] },
};
const underConsents: ReadPermission = () => caller;

interface Size {
  readonly nodes: number;
  readonly characters: number;
}

/** Of all statements of a search together. */
async function sizeOf(type: string, query: string, access: ReadPermission): Promise<Size> {
  const { statements } = await store.explain({ query: parsed(type, query).query, access, count: 20 });
  return {
    nodes: statements.reduce((sum, { plan }) => sum + nodesOf(plan), 0),
    characters: statements.reduce((sum, { sql }) => sum + sql.length, 0),
  };
}

function nodesOf(plan: unknown): number {
  if (Array.isArray(plan)) return plan.reduce((sum: number, part) => sum + nodesOf(part), 0);
  if (typeof plan !== 'object' || plan === null) return 0;
  return Object.values(plan).reduce((sum: number, part) => sum + nodesOf(part), 'Node Type' in plan ? 1 : 0);
}

/** The size of a statement under consents, less that of the same without them. */
async function addedTo(type: string, query: string): Promise<Size> {
  const [own, whole] = [await sizeOf(type, query, everyone), await sizeOf(type, query, underConsents)];
  return { nodes: whole.nodes - own.nodes, characters: whole.characters - own.characters };
}

const filterOf = (branch: (n: number) => string) => (count: number) =>
  `_filter=${Array.from({ length: count }, (_, n) => `(${branch(n)})`).join(' or ')}`;

const kinds: Readonly<Record<string, [type: string, query: (count: number) => string]>> = {
  'of codes': ['Observation', filterOf((n) => `code eq urn:c|x${String(n)} and status eq final`)],
  'of chains': ['Observation', filterOf((n) => `code eq urn:c|x${String(n)} and encounter.status eq completed`)],
  'that lead back': [
    'Patient',
    (count) => Array.from({ length: count }, (_, n) => `_has:Observation:patient:code=urn:c|x${String(n)}`).join('&'),
  ],
};

for (const [kind, [type, query]] of Object.entries(kinds)) {
  it(`is little for each branch ${kind}, and the same for all`, async (test) => {
    const added: Size[] = [];
    for (const count of [2, 4, 8, 16]) added.push(await addedTo(type, query(count)));
    test.diagnostic(JSON.stringify(added));
    const digits = 20;
    const [two, , eight, sixteen] = added as [Size, Size, Size, Size];
    assert.ok(two.nodes > 0, 'consents are asked');
    for (const [of, most] of [
      ['nodes', 6],
      ['characters', 2_200],
    ] as const) {
      const each = (sixteen[of] - two[of]) / 14;
      assert.ok(each <= most, `${String(each)} ${of} for each branch`);
      // It does not grow faster than the branches do, but for numbers of bound values that get a digit more.
      assert.ok(sixteen[of] - eight[of] <= 8 * each * 1.1 + digits, JSON.stringify(added));
    }
  });
}
