/**
 * Access decisions cost in proportion to the amount of access data: labels, clearances, members of a list, consents and links of care, each
 * at n and 4n. The measures are the pages that PostgreSQL reads and the blocks of code that run, which do not depend on load. A run tests
 * every other case, with `--full` all.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PolicySet } from '@dhp/access-policies';
import { connect, type Sql } from '@dhp/postgres';
import { baseUrl, startServer, type Reply, type TestServer } from '../apps/fhir/test/environment.ts';
import { activateLabels } from '../apps/fhir/test/policies.ts';
import { put } from '../apps/fhir/test/searches.ts';
import { meterDatabase, type DatabaseMeter } from './cost/announced/database-work.ts';
import { mostGrowth } from './cost/growth.ts';
import { countWork } from './cost/work.ts';
import { inTurn } from './sample.ts';

// Counting starts before any code runs: code compiled earlier is not counted.
const counter = countWork();
let meter: DatabaseMeter;
let server: TestServer;
let owner: Sql;
const tokens: Record<string, string> = {};

before(async () => {
  server = await startServer({ validation: { level: 'off' }, requireIfMatch: false }, async (url) => {
    meter = await meterDatabase(url, /dhp fhir (?:reads|pages|searches|walks|counts)/);
    return meter.url;
  });
  tokens['clinic'] = await server.sso.token({ scope: 'system/*.cruds', client_id: 'clinic' });
  tokens['doctor'] = await server.sso.token({
    ...{ scope: 'user/*.rs', client_id: 'portal', sub: 'a-doctor', fhirUser: `${baseUrl}/Practitioner/d` },
    ...{ roles: ['doctor Organization/7'], policies: ['user/*.rs'] },
  });
  owner = connect(server.ownerUrl, { max: 1, applicationName: 'dhp test' });
  await server.store.buildConsents();
  await server.store.buildCare();
});

after(async () => {
  counter.close();
  await owner.end();
  await server.close();
  await meter.close();
});

const label = (n: number): string => `urn:l|L${String(n)}`;
const numbers = (n: number): number[] => Array.from({ length: n }, (_, at) => at);

/** Labels that guard data nobody requests, as long as no other labels are given. */
const few = { rules: [{ name: 'one', labels: [label(0)], codes: ['urn:c|one'] }], clearances: [] };
const policiesOf = (labels: PolicySet['labels']): PolicySet => ({
  ...{ others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'], care: { roles: ['doctor'] } },
  ...(labels && { labels }),
});

type Resource = Record<string, unknown>;
const subjectOf = (patient: string): object => ({ reference: `Patient/${patient}` });
const observation = (id: string, patient: string, more: object = {}): Resource => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { coding: [{ system: 'urn:c', code: 'x' }] } },
  ...{ subject: subjectOf(patient), ...more },
});
const consent = (id: string, patient: string, provision: object[] = []): Resource => ({
  ...{ resourceType: 'Consent', id, status: 'active', decision: 'permit', subject: subjectOf(patient) },
  ...(provision.length > 0 && { provision }),
});
/** It refuses no caller of this test. */
const ofAnother = (n: number): object => ({ actor: [{ reference: { reference: `Practitioner/else-${String(n)}` } }] });

interface Shape {
  readonly n: number;
  readonly as: 'clinic' | 'doctor';
  readonly policies?: (n: number) => PolicySet;
  /** Resources to be stored, with ids that contain the name of the patient. */
  readonly world: (n: number, patient: string) => readonly Resource[];
  readonly asks: (patient: string) => readonly string[];
}

/** Three observations of the patient: a page and a read. */
const three = (patient: string): Resource[] => [
  { resourceType: 'Patient', id: patient },
  ...numbers(3).map((at) => observation(`${patient}-${String(at)}`, patient)),
];
const pageAndRead = (patient: string): string[] => [
  `/Observation?patient=${patient}&_count=2`,
  `/Observation/${patient}-0`,
];

const shapes: Readonly<Record<string, Shape>> = {
  'codes of a rule of labels': {
    ...{ n: 25, as: 'clinic', world: (_, patient) => three(patient), asks: pageAndRead },
    policies: (n) =>
      policiesOf({
        rules: [{ name: 'all', labels: [label(0)], codes: numbers(n).map((at) => `urn:c|c${String(at)}`) }],
        clearances: [],
      }),
  },
  'rules and labels': {
    ...{ n: 25, as: 'clinic', world: (_, patient) => three(patient) },
    asks: (patient) => [...pageAndRead(patient), `/Observation?patient=${patient}&_security:missing=true`],
    policies: (n) =>
      policiesOf({
        rules: numbers(n).map((at) => ({
          ...{ name: `r${String(at)}`, labels: [label(at)], codes: [`urn:c|c${String(at)}`] },
        })),
        clearances: [],
      }),
  },
  'clearances of a caller': {
    ...{ n: 25, as: 'clinic', world: (_, patient) => three(patient), asks: pageAndRead },
    policies: (n) =>
      policiesOf({
        rules: few.rules,
        clearances: numbers(n).map((at) => ({
          ...{ name: `c${String(at)}`, who: { client: ['clinic'] }, labels: [label(at + 1)] },
        })),
      }),
  },
  'labels that a writer says': {
    ...{ n: 25, as: 'clinic', asks: pageAndRead },
    world: (n, patient) => [
      ...three(patient),
      observation(`${patient}-0`, patient, {
        meta: { security: numbers(n).map((at) => ({ system: 'urn:l', code: `S${String(at)}` })) },
      }),
    ],
  },
  'members of a List': {
    ...{ n: 50, as: 'clinic' },
    world: (n, patient) => [
      ...three(patient),
      ...numbers(n).map((at) => observation(`${patient}-m${String(at)}`, patient)),
      {
        ...{ resourceType: 'List', id: patient, status: 'current', mode: 'working', subject: [subjectOf(patient)] },
        entry: numbers(n).map((at) => ({ item: { reference: `Observation/${patient}-m${String(at)}` } })),
      },
    ],
    asks: (patient) => [`/List/${patient}`, `/List?subject=Patient/${patient}&_security:not=L0`],
  },
  'Lists within Lists': {
    ...{ n: 25, as: 'clinic' },
    world: (n, patient) => [
      ...three(patient),
      ...numbers(n).map((at) => ({
        ...{ resourceType: 'List', id: `${patient}-${String(at)}`, status: 'current', mode: 'working' },
        entry: [{ item: { reference: `List/${patient}-${String(at + 1)}` } }],
      })),
    ],
    asks: (patient) => [`/List/${patient}-0`, `/List?_id=${patient}-0&_security:not=L0`],
  },
  'consents of a patient': {
    ...{ n: 25, as: 'clinic', asks: pageAndRead },
    world: (n, patient) => [
      ...three(patient),
      ...numbers(n).map((at) => consent(`${patient}-${String(at)}`, patient, [ofAnother(at)])),
    ],
  },
  'provisions of a consent': {
    ...{ n: 25, as: 'clinic', asks: pageAndRead },
    world: (n, patient) => [...three(patient), consent(patient, patient, numbers(n).map(ofAnother))],
  },
  'links of a patient': {
    ...{ n: 25, as: 'doctor', asks: pageAndRead },
    world: (n, patient) => [
      ...three(patient),
      ...numbers(n).map((at) => ({
        ...{ resourceType: 'Encounter', id: `${patient}-${String(at)}`, status: 'in-progress' },
        ...{ subject: subjectOf(patient), participant: [{ actor: { reference: 'Practitioner/d' } }] },
        actualPeriod: { start: new Date().toISOString() },
      })),
    ],
  },
  'teams of a caller': {
    ...{ n: 25, as: 'doctor', asks: pageAndRead },
    world: (n, patient) => [
      ...three(patient),
      ...numbers(n - heldTeams(n)).map((at) => ({
        ...{ resourceType: 'CareTeam', id: `${patient}-${String(at)}`, status: 'active', subject: subjectOf(patient) },
        participant: [{ member: { reference: 'Practitioner/d' } }],
      })),
    ],
  },
};

let teams = 0;

/** Teams of the caller that an earlier world created: they are examined, too. @param n how many there are from now on */
function heldTeams(n: number): number {
  const before = teams;
  teams = n;
  return before;
}

let asked = 0;
let inForce = '';

async function prepared({ policies = () => policiesOf(few), world }: Shape, n: number): Promise<string> {
  const patient = `p${String((asked += 1))}`;
  const given = policies(n);
  // An activation takes seconds.
  if (JSON.stringify(given) !== inForce) await activateLabels(server, given);
  inForce = JSON.stringify(given);
  await put(server, ...world(n, patient));
  // Without statistics the planner uses the first plan; PostgreSQL updates them only some time later.
  await owner`analyze`;
  return patient;
}

interface Measured {
  readonly pages: number;
  readonly blocks: number;
}
const nothing: Measured = { pages: 0, blocks: 0 };

/** The least of several measurements, as long as it is above `most`: other work of the process may affect one. */
async function measure(path: string, token: string, times: number, most = nothing): Promise<Measured> {
  let least: Measured = { pages: Infinity, blocks: Infinity };
  counter.take();
  meter.take();
  for (let n = 0; n < times && (least.pages > most.pages || least.blocks > most.blocks); n += 1) {
    const reply: Reply = await server.request('GET', path, { token });
    assert.equal(reply.status, 200, `${path} ${reply.text}`);
    const [blocks, pages] = [counter.take(), meter.take()?.pages ?? 0];
    least = { pages: Math.min(least.pages, pages), blocks: Math.min(least.blocks, blocks) };
  }
  return least;
}

/** The fixed cost of any request. */
const free: Measured = { pages: 50, blocks: 3_000 };
const mostOf = ({ pages, blocks }: Measured): Measured => ({
  pages: mostGrowth * Math.max(pages, free.pages),
  blocks: mostGrowth * Math.max(blocks, free.blocks),
});

describe('what decides about access', () => {
  for (const [name, shape] of inTurn(Object.entries(shapes), 2))
    test(`${name}: four times as many take at most ${String(mostGrowth)} times the work`, async (context) => {
      const token = tokens[shape.as]!;
      const one: Measured[] = [];
      for (const path of shape.asks(await prepared(shape, shape.n))) one.push(await measure(path, token, 2));
      const four: Measured[] = [];
      for (const path of shape.asks(await prepared(shape, 4 * shape.n)))
        four.push(await measure(path, token, 4, mostOf(one[four.length]!)));
      context.diagnostic(JSON.stringify({ n: one, '4n': four }));
      for (const [at, grown] of four.entries())
        for (const what of ['pages', 'blocks'] as const)
          assert.ok(
            grown[what] <= mostOf(one[at]!)[what],
            `${String(at)}: ${String(one[at]![what])} ${what} at n, ${String(grown[what])} at 4n`,
          );
    });
});
