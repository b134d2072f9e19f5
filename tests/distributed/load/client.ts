/**
 * A client that knows what it has stored and compares every answer with it. It writes alone to its own resources, so that each answer is certain; what
 * was not acknowledged is looked for, and must be there whole or not at all.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { randomSource, type Random } from '../../random.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** Rejects where no answer comes. */
export type Send = (
  method: string,
  path: string,
  body?: object,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** A version as its writer knows it; undefined: a deletion. */
type Version = { readonly value: number; readonly subject: string } | undefined;

interface Thing {
  readonly id: string;
  /** Its identifier, which only it has. */
  readonly key: string;
  readonly versions: Version[];
}

export interface Client {
  readonly things: readonly Thing[];
  /** Sends one request of a random kind and compares the answer. */
  step(): Promise<void>;
  /** Compares all that it knows, and pushes what is not so into `faults`. */
  verify(): Promise<void>;
}

/** All clients of a run share it. */
export interface Run {
  readonly send: Send;
  readonly seed: number;
  /** Answers that are wrong, each as a sentence. */
  readonly faults: string[];
  /** Called with each answer: the kind of request, its milliseconds, and its status. */
  readonly onAnswer: (kind: string, took: number, status: number) => void;
}

const system = 'urn:dhp:moving';
/** How many it has at least, and at most. */
const [things, most] = [6, 30];
/** Milliseconds for which a node may be away. */
const patience = 90_000;

/** @param n its number, from 0 */
export async function openClient(run: Run, n: number): Promise<Client> {
  const random = randomSource(run.seed, n);
  const patients = Array.from({ length: 4 }, (_, p) => `Patient/moving-${String(n)}-${String(p)}`);
  const own: Thing[] = [];
  const client = { run, random, patients, own, n, value: { last: 0 } };
  for (const patient of patients) {
    const id = patient.slice('Patient/'.length);
    const put = () => ask(client, 'patient', 'PUT', `/${patient}`, { resourceType: 'Patient', id });
    let made = await put();
    // A node may be away already; what was answered so may be stored.
    for (const end = Date.now() + patience; made.status === 503 && Date.now() < end; made = await put())
      await delay(200);
    if (made.status >= 300) run.faults.push(`${patient} is not made: ${made.text}`);
  }
  return {
    things: own,
    async step() {
      const kinds = own.length < things ? creations : own.length < most ? all : changes;
      const [kind, act] = random.pick(Object.entries(kinds));
      await act(client, kind);
    },
    async verify() {
      for (const thing of own) {
        await readThing(client, 'read', thing);
        await readHistory(client, 'history', thing);
        await searchThing(client, 'search', thing);
      }
      for (const patient of patients) await searchPatient(client, 'search', patient);
    },
  };
}

interface State {
  readonly run: Run;
  readonly random: Random;
  readonly patients: readonly string[];
  readonly own: Thing[];
  readonly n: number;
  readonly value: { last: number };
}

type Act = (client: State, kind: string) => Promise<void>;

const create: Act = async (client, kind) => {
  const next = nextVersion(client);
  const key = `${String(client.n)}-${String(next.value)}`;
  const answer = await ask(client, kind, 'POST', '/Observation', observation(undefined, key, next));
  await made(client, kind, { key, next, answer });
};

const conditionalCreate: Act = async (client, kind) => {
  const next = nextVersion(client);
  const key = `${String(client.n)}-${String(next.value)}`;
  const headers = { 'if-none-exist': `identifier=${system}|${key}` };
  const answer = await ask(client, kind, 'POST', '/Observation', observation(undefined, key, next), headers);
  await made(client, kind, { key, next, answer });
};

const update: Act = async (client, kind) => {
  const thing = client.random.pick(client.own);
  const subject = thing.versions.at(-1)?.subject ?? client.random.pick(client.patients);
  await put(client, kind, thing, { ...nextVersion(client), subject });
};

const move: Act = (client, kind) => put(client, kind, client.random.pick(client.own), nextVersion(client));

const conditionalUpdate: Act = async (client, kind) => {
  const thing = client.random.pick(client.own);
  if (thing.versions.at(-1) === undefined) return;
  const next = nextVersion(client);
  const path = `/Observation?identifier=${system}|${thing.key}`;
  await write(client, kind, [[thing, next]], () =>
    ask(client, kind, 'PUT', path, observation(undefined, thing.key, next), ifMatch(thing)),
  );
};

const patch: Act = async (client, kind) => {
  const thing = client.random.pick(client.own);
  const last = thing.versions.at(-1);
  if (last === undefined) return;
  const next = { ...nextVersion(client), subject: last.subject };
  const body = [{ op: 'replace', path: '/valueInteger', value: next.value }];
  const headers = { 'content-type': 'application/json-patch+json', ...ifMatch(thing) };
  await write(client, kind, [[thing, next]], () =>
    ask(client, kind, 'PATCH', `/Observation/${thing.id}`, body, headers),
  );
};

const remove: Act = async (client, kind) => {
  const thing = client.random.pick(client.own);
  if (thing.versions.at(-1) === undefined) return;
  await write(client, kind, [[thing, undefined]], () =>
    ask(client, kind, 'DELETE', `/Observation/${thing.id}`, undefined, ifMatch(thing)),
  );
};

/** Over several patients, so over shards and nodes. */
const transaction: Act = async (client, kind) => {
  const chosen = [...new Set([1, 2, 3].map(() => client.random.pick(client.own)))];
  const next = chosen.map((thing): [Thing, Version] => [
    thing,
    thing.versions.at(-1) !== undefined && client.random.oneIn(5) ? undefined : nextVersion(client),
  ]);
  const entry = next.map(([thing, version]) => ({
    ...(version !== undefined && { resource: observation(thing.id, thing.key, version) }),
    request: {
      ...{ method: version === undefined ? 'DELETE' : 'PUT', url: `Observation/${thing.id}` },
      ifMatch: ifMatch(thing)['if-match'],
    },
  }));
  await write(client, kind, next, () =>
    ask(client, kind, 'POST', '/', { resourceType: 'Bundle', type: 'transaction', entry }),
  );
};

const read: Act = (client, kind) => readThing(client, kind, client.random.pick(client.own));
const history: Act = (client, kind) => readHistory(client, kind, client.random.pick(client.own));
const search: Act = (client, kind) => searchThing(client, kind, client.random.pick(client.own));
const searchOfPatient: Act = (client, kind) => searchPatient(client, kind, client.random.pick(client.patients));

const vread: Act = async (client, kind) => {
  const thing = client.random.pick(client.own);
  const at = client.random.below(thing.versions.length);
  const answer = await ask(client, kind, 'GET', `/Observation/${thing.id}/_history/${String(at + 1)}`);
  if (answer.status === 503) return;
  const found = answer.status === 410 ? undefined : answer.status === 200 ? versionIn(answer.json) : answer.text;
  compare(client, `version ${String(at + 1)} of ${thing.id}`, found, thing.versions[at]);
};

const creations = { create, conditionalCreate };
const changes = {
  ...{ update, move, conditionalUpdate, patch, remove, transaction },
  ...{ read, vread, history, search, searchOfPatient },
};
const all = { ...creations, ...changes };

async function readThing(client: State, kind: string, thing: Thing): Promise<void> {
  const answer = await ask(client, kind, 'GET', `/Observation/${thing.id}`);
  if (answer.status === 503) return;
  const found = answer.status === 410 ? undefined : answer.status === 200 ? versionIn(answer.json) : answer.text;
  compare(client, `read of ${thing.id}`, found, thing.versions.at(-1));
}

async function readHistory(client: State, kind: string, thing: Thing): Promise<void> {
  const found = await historyOf(client, kind, thing);
  if (found !== undefined) compare(client, `history of ${thing.id}`, found, thing.versions);
}

async function searchThing(client: State, kind: string, thing: Thing): Promise<void> {
  const answer = await ask(client, kind, 'GET', `/Observation?identifier=${system}|${thing.key}`);
  if (answer.status === 503) return;
  const last = thing.versions.at(-1);
  compare(client, `search for ${thing.key}`, resourcesOf(answer).map(versionIn), last === undefined ? [] : [last]);
}

async function searchPatient(client: State, kind: string, patient: string): Promise<void> {
  const answer = await ask(client, kind, 'GET', `/Observation?subject=${patient}&_count=200`);
  if (answer.status === 503) return;
  const found = resourcesOf(answer).map(({ id }) => String(id));
  const wanted = client.own.filter(({ versions }) => versions.at(-1)?.subject === patient).map(({ id }) => id);
  compare(client, `search for ${patient}`, found.sort(), wanted.sort());
}

async function put(client: State, kind: string, thing: Thing, next: NonNullable<Version>): Promise<void> {
  await write(client, kind, [[thing, next]], () =>
    ask(client, kind, 'PUT', `/Observation/${thing.id}`, observation(thing.id, thing.key, next), ifMatch(thing)),
  );
}

/** Notes what was acknowledged, and looks for what was not: all of it is there, or none; and none if the answer says so. */
async function write(
  client: State,
  kind: string,
  changes: readonly (readonly [Thing, Version])[],
  send: () => Promise<Answer>,
): Promise<void> {
  const answer = await send();
  if (isDone(answer)) {
    for (const [thing, next] of changes) thing.versions.push(next);
    return;
  }
  if (answer.status !== 503 && answer.status !== 0) return; // noted by `ask`
  const stored: boolean[] = [];
  for (const [thing, next] of changes) {
    const found = await settled(client, thing);
    const isStored = found.length === thing.versions.length + 1;
    compare(client, `what ${kind} left of ${thing.id}`, found, isStored ? [...thing.versions, next] : thing.versions);
    if (isStored) thing.versions.push(next);
    stored.push(isStored);
  }
  if (new Set(stored).size > 1) client.run.faults.push(`${kind} is there in part`);
  if (stored.includes(true) && codeOf(answer) === 'database-unavailable')
    client.run.faults.push(`${kind} was stored, and its answer says that nothing was: ${answer.text}`);
}

/** An update of one that was deleted makes it again. */
function isDone({ status }: Answer): boolean {
  return status === 200 || status === 201 || status === 204;
}

/** Notes a creation, also where it was not acknowledged. */
async function made(
  client: State,
  kind: string,
  { key, next, answer }: { key: string; next: NonNullable<Version>; answer: Answer },
): Promise<void> {
  const { own, run } = client;
  if (answer.status === 201) {
    own.push({ id: String(answer.json['id']), key, versions: [next] });
    return;
  }
  if (answer.status !== 503 && answer.status !== 0) return;
  const found = resourcesOf(await insistently(client, 'settle', `/Observation?identifier=${system}|${key}`));
  if (found.length > 1) run.faults.push(`${kind} made ${key} ${String(found.length)} times`);
  if (found.length > 0 && codeOf(answer) === 'database-unavailable')
    run.faults.push(`${kind} was stored, and its answer says that nothing was: ${answer.text}`);
  const [one] = found;
  if (one !== undefined) own.push({ id: String(one['id']), key, versions: [next] });
}

/** The history, once it is told. */
async function settled(client: State, thing: Thing): Promise<(Version | string)[]> {
  for (const end = Date.now() + patience; ;) {
    const found = await historyOf(client, 'settle', thing);
    if (found !== undefined || Date.now() > end) return found ?? ['is not told'];
    await delay(200);
  }
}

async function insistently(client: State, kind: string, path: string): Promise<Answer> {
  for (const end = Date.now() + patience; ;) {
    const answer = await ask(client, kind, 'GET', path);
    if (answer.status === 200 || Date.now() > end) return answer;
    await delay(200);
  }
}

/** The versions, from the first one; undefined if it is answered 503. */
async function historyOf(client: State, kind: string, thing: Thing): Promise<(Version | string)[] | undefined> {
  const answer = await ask(client, kind, 'GET', `/Observation/${thing.id}/_history?_count=1000`);
  if (answer.status === 503 || answer.status === 0) return undefined;
  const entries = (answer.json['entry'] ?? []) as { resource?: Record<string, unknown> }[];
  if (answer.status !== 200) return [answer.text];
  return entries.map(({ resource }) => (resource === undefined ? undefined : versionIn(resource))).reverse();
}

/** Sends, and notes an answer that no state of the nodes explains. */
async function ask(
  { run }: State,
  kind: string,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const began = performance.now();
  const answer = await run
    .send(method, path, body, headers)
    .catch((error: unknown): Answer => ({ status: 0, headers: new Headers(), text: String(error), json: {} }));
  run.onAnswer(kind, performance.now() - began, answer.status);
  const { status, text } = answer;
  if (status === 503 && answer.headers.get('retry-after') === null)
    run.faults.push(`${kind}: 503 without Retry-After: ${text}`);
  if (![200, 201, 204, 410, 503].includes(status))
    run.faults.push(`${kind} ${method} ${path}: ${String(status)} ${text}`);
  return answer;
}

function nextVersion({ random, patients, value }: State): NonNullable<Version> {
  return { value: (value.last += 1), subject: random.pick(patients) };
}

function observation(id: string | undefined, key: string, { value, subject }: NonNullable<Version>): object {
  return {
    ...{ resourceType: 'Observation', ...(id !== undefined && { id }), status: 'final', code: { text: 'moving' } },
    ...{ identifier: [{ system, value: key }], subject: { reference: subject }, valueInteger: value },
  };
}

/** A resource that is deleted has no version that could be named. */
function ifMatch({ versions }: Thing): { readonly 'if-match'?: string } {
  return versions.at(-1) === undefined ? {} : { 'if-match': `W/"${String(versions.length)}"` };
}

function versionIn(resource: Record<string, unknown>): Version {
  const { valueInteger: value, subject } = resource as { valueInteger: number; subject: { reference: string } };
  return { value, subject: subject.reference };
}

function resourcesOf({ json }: Answer): Record<string, unknown>[] {
  const entries = (json['entry'] ?? []) as { resource: Record<string, unknown> }[];
  return entries.map(({ resource }) => resource);
}

function codeOf({ json }: Answer): string | undefined {
  const [issue] = (json['issue'] ?? []) as { details?: { coding?: { code: string }[] } }[];
  return issue?.details?.coding?.[0]?.code;
}

function compare({ run }: State, what: string, found: unknown, wanted: unknown): void {
  const [is, should] = [found, wanted].map((each) => (each === undefined ? 'a deletion' : JSON.stringify(each)));
  if (is !== should) run.faults.push(`${what}: ${is!}, and it should be ${should!}`);
}
