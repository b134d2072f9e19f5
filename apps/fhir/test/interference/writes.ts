/** Requests that change something, and what a caller is told of them by two servers. */
import assert from 'node:assert/strict';
import type { PolicySet } from '@dhp/access-policies';
import { scanJson } from '@dhp/fhir-model';
import { baseUrl, startServer, type TestServer } from '../environment.ts';
import { activateLabels, activatePolicies } from '../policies.ts';
import { carePolicies, familyDoctor, withCare } from './care.ts';
import { enforced, randomConsents } from './consents.ts';
import { put } from '../searches.ts';
import { labelled } from './labels.ts';
import { putInTime, requireSame, seenBy, Side, worldTime, type Asked, type OnAnswer } from './side.ts';
import { types, type Resource } from './world.ts';
import { requestsOf, type ChangedWorld, type Requests } from './write-requests.ts';

export const writers: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'a patient': { scope: 'patient/*.cruds', patient: 'a' },
  'a system, of what has a label': { scope: 'system/*.cruds?_tag=urn:t|ours' },
  'a client by access policies': { scope: 'system/*.cruds', client_id: 'limited' },
  'a client by labels': { scope: 'system/*.cruds', client_id: 'clinic' },
  'a client by consents': { scope: 'system/*.cruds', client_id: 'clinic' },
  'a client by consents and labels': { scope: 'system/*.cruds', client_id: 'clinic' },
  'a health worker by a policy': {
    scope: 'user/*.cruds',
    fhirUser: `${baseUrl}/Practitioner/d`,
    policies: [
      'user/Observation.cruds?status=final',
      'user/Patient.rsu?active=true',
      'user/Encounter.cruds',
      'user/List.rs',
    ],
  },
  'a health worker bound to patients': familyDoctor,
};

const who = { client: ['limited'] };
const interactions = ['create', 'read', 'update', 'delete', 'search'] as const;
/** None asks by what the caller does not see: a decision may rest on that, as that of a scope may. */
const policies: PolicySet = {
  ...carePolicies,
  rules: [
    { name: 'observations', effect: 'permit', who, types: ['Observation'], interactions, criteria: 'status=final' },
    { name: 'others', effect: 'permit', who, types: ['Patient', 'Encounter', 'List'], interactions },
    { name: 'not-theirs', effect: 'deny', who, types: ['*'], interactions, criteria: '_tag=theirs' },
  ],
};

/** The world of a writer, and what is in force there. */
interface Setting {
  readonly world: ChangedWorld;
  readonly activate: (server: TestServer) => Promise<unknown>;
  /** Of whom it puts together nothing that is withheld, only a server can know that keeps references. */
  readonly referenceIntegrity?: 'enforce';
}

const usual: ChangedWorld = (_random, world) => [...world];
const withConsents: ChangedWorld = (random, world) => [...world, ...randomConsents(random)];

const settings: Readonly<Record<string, Setting>> = {
  'a health worker bound to patients': {
    world: withCare,
    activate: (server) => activatePolicies(server, carePolicies),
  },
  'a client by access policies': { world: usual, activate: (server) => activatePolicies(server, policies) },
  'a client by labels': {
    ...{ world: usual, referenceIntegrity: 'enforce' },
    activate: (server) => activateLabels(server, labelled),
  },
  'a client by consents': {
    ...{ world: withConsents, referenceIntegrity: 'enforce' },
    activate: (server) => activatePolicies(server, enforced),
  },
  'a client by consents and labels': {
    ...{ world: withConsents, referenceIntegrity: 'enforce' },
    activate: (server) => activateLabels(server, { ...labelled, ...enforced }),
  },
};

function settingOf(who: string): Setting {
  return settings[who] ?? { world: usual, activate: () => Promise.resolve() };
}

export interface WriteSettings {
  readonly who: string;
  readonly seed: number;
  readonly steps: number;
  /** Makes every other request (default: all are the usual ones). */
  readonly further?: Parameters<typeof requestsOf>[2];
}

/** Both servers have had the same requests. */
export interface WriteRun {
  /** Requests that changed something. */
  readonly changed: number;
  /** Answers to a write under an id that is there unseen: the one thing that is told, the same whatever is there. */
  readonly unseenIds: ReadonlySet<string>;
}

/**
 * Sends the same requests to a server with everything and to one with what the caller sees of it.
 * @param onAnswer after each request
 * @throws AssertionError where an answer of the one is not that of the other
 */
export async function interferenceOfWrites(
  { who, seed, steps, further }: WriteSettings,
  onAnswer: OnAnswer = () => undefined,
): Promise<WriteRun> {
  const requests = requestsOf(seed, settingOf(who).world, further);
  const sides = await openSides(who, requests.everything);
  try {
    return await compared(sides, requests, { who, seed, steps }, onAnswer);
  } finally {
    await Promise.all([sides.full.close(), sides.narrow.close()]);
  }
}

interface Sides {
  readonly full: Side;
  readonly narrow: Side;
  /** Of everything, what the caller sees at first. */
  readonly seen: readonly Resource[];
  /** Lets time pass, for both. */
  readonly pass: () => void;
}

async function openSides(who: string, everything: readonly Resource[]): Promise<Sides> {
  const time = worldTime();
  const { clock } = time;
  let place = everything.length;
  const { activate, referenceIntegrity = 'allow' } = settingOf(who);
  const begin = async (stored: readonly Resource[]): Promise<Side> => {
    const server = await startServer({ requireIfMatch: false, referenceIntegrity, clock }, undefined, { clock });
    const putOne = referenceIntegrity === 'enforce' ? store : put;
    await putInTime(server, time, { everything, stored, putOne });
    await server.store.buildCare();
    await server.store.buildConsents();
    await activate(server);
    return new Side(server, await server.sso.token(writers[who]));
  };
  const full = await begin(everything);
  const seen = await seenBy(full, everything);
  // Consents are no secret to those whom they refuse; the records are.
  const there = everything.filter((each) => seen.includes(each) || each.resourceType === 'Consent');
  const narrow = await begin(there);
  return { full, narrow, seen, pass: () => time.at((place += 1)) };
}

/** Stores a resource whatever it refers to, and whoever may. */
export async function store(server: TestServer, resource: Resource): Promise<void> {
  const source = scanJson(JSON.stringify(resource));
  const { resourceType: type, id } = resource;
  const outcome = await server.store.update({ type, source, resource, id, requireMatch: false, createAllowed: true });
  assert.ok('version' in outcome, outcome.kind);
}

async function compared(
  { full, narrow, seen, pass }: Sides,
  { asked, sentOf, everything }: Requests,
  { who, seed, steps }: WriteSettings,
  onAnswer: OnAnswer,
): Promise<WriteRun> {
  let changed = 0;
  const compare = async (request: Asked, step: number): Promise<void> => {
    pass();
    const [whole, part] = await Promise.all([full.answer(request), narrow.answer(request)]);
    const where = `${who}, seed ${String(seed)}, step ${String(step)}: ${JSON.stringify(request)}`;
    requireSame(where, whole.text, part.text);
    assert.ok(whole.reply.status < 500, `${where}: ${whole.text}`);
    if (request.method !== 'GET' && whole.reply.status < 300) changed += 1;
    onAnswer(request, whole.reply.status);
  };
  for (let step = 1; step <= steps; step += 1) {
    await compare(asked(seen), step);
    if (step % 20 === 0) for (const request of sweep) await compare(request, step);
  }
  const unseenIds = new Set<string>();
  const hidden = everything.filter((each) => !seen.includes(each) && types.some((type) => type === each.resourceType));
  for (const { resourceType, id } of hidden.slice(0, 10)) {
    const request = { method: 'PUT', path: `/${resourceType}/${id}`, body: sentOf(resourceType, id) };
    const { reply } = await full.answer(request);
    // 403 is of what is sent, whatever is there.
    if (reply.status !== 403) unseenIds.add(`${String(reply.status)} ${reply.code}`);
  }
  return { changed, unseenIds };
}

const sweep: readonly Asked[] = [
  ...types.map((type) => ({ method: 'GET', path: `/${type}?_total=accurate&_count=200&_sort=_id` })),
  { method: 'GET', path: '/_history?_count=200' },
];
