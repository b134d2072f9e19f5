/** Requests that change something, and what a caller is told of them by two servers. */
import assert from 'node:assert/strict';
import type { PolicySet } from '@dhp/access-policies';
import { scanJson } from '@dhp/fhir-model';
import { baseUrl, startServer, type Reply, type TestServer } from '../environment.ts';
import { activateLabels, activatePolicies } from '../policies.ts';
import { carePolicies, familyDoctor, withCare } from './care.ts';
import { enforced, randomConsents } from './consents.ts';
import { put } from '../searches.ts';
import { labelled } from './labels.ts';
import { types, type Resource } from './world.ts';
import { nameOf, requestsOf, type Asked, type ChangedWorld, type Requests } from './write-requests.ts';

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
}

/** Both servers have had the same requests. */
export interface WriteRun {
  /** How often there was each status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Requests that changed something. */
  readonly changed: number;
  /** Answers to a write under an id that is there unseen: the one thing that is told, the same whatever is there. */
  readonly unseenIds: ReadonlySet<string>;
}

/** Headers of an answer that may tell of what is stored. */
const told = [
  'etag',
  'location',
  'content-location',
  'last-modified',
  'allow',
  'content-type',
  'vary',
  'cache-control',
  'www-authenticate',
];

/**
 * Sends the same requests to a server with everything and to one with what the caller sees of it.
 * @param onStep after each request
 * @throws AssertionError where an answer of the one is not that of the other
 */
export async function interferenceOfWrites(
  { who, seed, steps }: WriteSettings,
  onStep: (step: number) => void = () => undefined,
): Promise<WriteRun> {
  const requests = requestsOf(seed, settingOf(who).world);
  const sides = await openSides(who, requests.everything);
  try {
    return await compared(sides, requests, { who, seed, steps }, onStep);
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
  let now = Date.now();
  /** All versions of one request have one instant, on both servers. */
  const clock = (): Date => new Date(now);
  const { activate, referenceIntegrity = 'allow' } = settingOf(who);
  const begin = async (stored: readonly Resource[]): Promise<Side> => {
    const server = await startServer({ requireIfMatch: false, referenceIntegrity, clock }, undefined, { clock });
    if (referenceIntegrity === 'enforce') await store(server, stored);
    else await put(server, ...stored);
    await server.store.buildCare();
    await server.store.buildConsents();
    await activate(server);
    return new Side(server, await server.sso.token(writers[who]));
  };
  const full = await begin(everything);
  const seen: Resource[] = [];
  for (const resource of everything) {
    const { reply } = await full.answer({ method: 'GET', path: nameOf(resource) });
    if (reply.status === 200) seen.push(resource);
  }
  assert.ok(seen.length > 0 && everything.length > seen.length, `sees ${String(seen.length)}`);
  // Consents are no secret to those whom they refuse; the records are.
  const there = everything.filter((each) => seen.includes(each) || each.resourceType === 'Consent');
  return { full, narrow: await begin(there), seen, pass: () => (now += 10) };
}

/** Whatever they refer to. */
async function store(server: TestServer, stored: readonly Resource[]): Promise<void> {
  for (const resource of stored) {
    const source = scanJson(JSON.stringify(resource));
    const { resourceType: type, id } = resource;
    const outcome = await server.store.update({ type, source, resource, id, requireMatch: false, createAllowed: true });
    assert.ok('version' in outcome, outcome.kind);
  }
}

async function compared(
  { full, narrow, seen, pass }: Sides,
  { asked, sentOf, everything }: Requests,
  { who, seed, steps }: WriteSettings,
  onStep: (step: number) => void,
): Promise<WriteRun> {
  const statuses = new Map<number, number>();
  let changed = 0;
  const compare = async (request: Asked, step: number): Promise<void> => {
    pass();
    const [whole, part] = await Promise.all([full.answer(request), narrow.answer(request)]);
    assert.equal(
      whole.text,
      part.text,
      `${who}, seed ${String(seed)}, step ${String(step)}: ${JSON.stringify(request)}`,
    );
    assert.ok(whole.reply.status < 500, whole.text);
    statuses.set(whole.reply.status, (statuses.get(whole.reply.status) ?? 0) + 1);
    if (request.method !== 'GET' && whole.reply.status < 300) changed += 1;
  };
  for (let step = 1; step <= steps; step += 1) {
    await compare(asked(seen), step);
    if (step % 20 === 0) for (const request of sweep) await compare(request, step);
    onStep(step);
  }
  const unseenIds = new Set<string>();
  const hidden = everything.filter((each) => !seen.includes(each) && types.some((type) => type === each.resourceType));
  for (const { resourceType, id } of hidden.slice(0, 10)) {
    const request = { method: 'PUT', path: `/${resourceType}/${id}`, body: sentOf(resourceType, id) };
    const { reply } = await full.answer(request);
    // 403 is of what is sent, whatever is there.
    if (reply.status !== 403) unseenIds.add(`${String(reply.status)} ${reply.code}`);
  }
  return { statuses, changed, unseenIds };
}

const sweep: readonly Asked[] = [
  ...types.map((type) => ({ method: 'GET', path: `/${type}?_total=accurate&_count=200&_sort=_id` })),
  { method: 'GET', path: '/_history?_count=200' },
];

/** One of the two servers, and the names of the ids that it made. */
export class Side {
  readonly #server: TestServer;
  readonly #token: string;
  readonly #names = new Map<string, string>();

  constructor(server: TestServer, token: string) {
    this.#server = server;
    this.#token = token;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async answer({ method, path, body, headers = {} }: Asked): Promise<{ readonly reply: Reply; readonly text: string }> {
    const kind = method === 'PATCH' ? 'json-patch+json' : 'fhir+json';
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const typed = body === undefined ? headers : { 'content-type': `application/${kind}`, ...headers };
    const reply = await this.#server.request(method, path, { token: this.#token, headers: typed, ...sent });
    const shown = told.map((name) => `${name}: ${reply.headers.get(name) ?? ''}`).join('\n');
    return { reply, text: this.#plain(`${String(reply.status)}\n${shown}\n${reply.text}`) };
  }

  /** With the ids, times and positions of this server replaced. */
  #plain(text: string): string {
    return text
      .replaceAll(/"timestamp":"[^"]*"/g, '"timestamp":"a time"')
      .replaceAll(/_cursor=[\w%.~-]+/g, '_cursor=x')
      .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, (id) => {
        const name = this.#names.get(id) ?? `made-${String(this.#names.size)}`;
        this.#names.set(id, name);
        return name;
      });
  }
}
