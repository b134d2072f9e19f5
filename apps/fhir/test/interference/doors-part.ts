/** Two servers with all their doors open, of which one holds only what the caller sees: jobs, tables, bulk writes, and what subscriptions tell of changes. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PolicySet } from '@dhp/access-policies';
import { baseUrl, startServer, type TestServer } from '../environment.ts';
import { fast } from '../jobs/pace.ts';
import { activateLabels, activatePolicies } from '../policies.ts';
import { put, subscription, topic, untilNumbered, untilStatus } from '../subscriptions/bed.ts';
import { carePolicies, familyDoctor, withCare } from './care.ts';
import { enforced, randomConsents } from './consents.ts';
import { knockAlike, knocks } from './doors.ts';
import { labelled } from './labels.ts';
import { rich, system } from './rich.ts';
import { putInTime, seenBy, Side, worldTime, type OnAnswer } from './side.ts';
import { interference, oneOf, patients, randomOf, type Random, type Resource } from './world.ts';
import { store } from './writes.ts';

const everyDoor = 'system/*.cruds dhp.bulk-delete dhp.report-events';
const asScoped: PolicySet = { others: 'as-scoped', rules: [] };
const limited = {
  who: { client: ['limited'] },
  interactions: ['create', 'read', 'update', 'delete', 'search'],
} as const;

interface DoorCaller {
  readonly caller: Readonly<Record<string, unknown>>;
  readonly policies: PolicySet;
  readonly world?: (random: Random, world: readonly Resource[]) => readonly Resource[];
  readonly activate?: (server: TestServer, policies: PolicySet) => Promise<unknown>;
  /** The part of a resource by which it is hidden from the caller, however else it is; absent if there is none that can be taken back. */
  readonly hiding?: Readonly<Record<string, unknown>>;
  /** Elements that are hidden from the caller: the server with what the caller sees never had them. */
  readonly hidden?: readonly string[];
}

const theirs = { meta: { tag: [{ system: 'urn:t', code: 'theirs' }] } };

export const doorCallers: Readonly<Record<string, DoorCaller>> = {
  'a system, of what has a label': {
    ...{ caller: { scope: everyDoor.replace('cruds', 'cruds?_tag=ours'), client_id: 'labelled' } },
    ...{ policies: asScoped, hiding: theirs },
  },
  'a client by access policies': {
    caller: { scope: everyDoor, client_id: 'limited' },
    policies: {
      ...asScoped,
      rules: [
        { ...limited, name: 'observations', effect: 'permit', types: ['Observation'], criteria: 'status=final' },
        {
          ...{ ...limited, name: 'others', effect: 'permit' },
          types: ['Patient', 'Encounter', 'List', 'DocumentReference', 'Practitioner', 'Group', 'Subscription'],
        },
        { ...limited, name: 'not-theirs', effect: 'deny', types: ['*'], criteria: '_tag=theirs' },
      ],
    },
    hiding: theirs,
  },
  'a client that sees no identifiers, codes and parts': {
    caller: { scope: everyDoor, client_id: 'limited' },
    policies: {
      ...asScoped,
      rules: [
        {
          name: 'not-theirs',
          effect: 'deny',
          who: limited.who,
          types: ['*'],
          interactions: ['read', 'search'],
          criteria: '_tag=theirs',
        },
        {
          ...{ name: 'partly', effect: 'limit', who: limited.who, types: ['Observation', 'List'] },
          hide: ['identifier', 'code', 'hasMember'],
        },
      ] as unknown as PolicySet['rules'],
    },
    hidden: ['identifier', 'code', 'hasMember'],
  },
  'a client by consents': {
    caller: { scope: everyDoor, client_id: 'clinic' },
    policies: enforced,
    world: (random, world) => [...world, ...randomConsents(random)],
    // The patient who refuses all.
    hiding: { subject: { reference: `Patient/${patients[0]!}` } },
  },
  'a client by labels': {
    ...{ caller: { scope: everyDoor, client_id: 'clinic' }, policies: labelled, activate: activateLabels },
  },
  'a patient': { caller: { scope: 'user/*.cruds', fhirUser: `${baseUrl}/Patient/a` }, policies: asScoped },
  'a health worker bound to patients': { caller: familyDoctor, policies: carePolicies, world: withCare },
};

/** @throws AssertionError where an answer of the one is not that of the other @returns how many of the questions found something */
export async function interferenceOfDoors(
  who: string,
  seed: number,
  count: number,
  onAnswer: OnAnswer = () => undefined,
): Promise<number> {
  const { caller, policies, world: changed, activate = activatePolicies, hiding, hidden } = doorCallers[who]!;
  const random = randomOf(seed);
  const { everything: usual, question } = interference(random);
  const made = [...rich(random, usual).everything, group(random)];
  const everything = changed?.(randomOf(seed), made) ?? made;
  const time = worldTime();
  const sides: Side[] = [];
  const folders: string[] = [];
  const start = async (stored: readonly Resource[], putOne: Storing): Promise<Side> => {
    const folder = join(tmpdir(), `dhp-doors-${crypto.randomUUID()}`);
    folders.push(folder);
    const server = await openServer(time.clock, folder);
    const side = new Side(server, await server.sso.token({ sub: 'doors', ...caller }));
    sides.push(side);
    await putInTime(server, time, { everything, stored, putOne });
    await server.store.buildCare();
    await server.store.buildConsents();
    await activate(server, policies);
    return side;
  };
  try {
    const full = await start(everything, store);
    const seen = await seenBy(full, everything);
    const shown: Storing = (server, each) => store(server, shownOf(each, hidden));
    const narrow = await start(
      everything.filter((each) => seen.includes(each) || each.resourceType === 'Consent'),
      shown,
    );
    const both = { full, narrow };
    const where = `${who}, seed ${String(seed)}`;
    // Nobody who is narrowed to a record has Subscriptions.
    let found =
      who === 'a patient' ? 0 : await eventsAlike(where, both, { random, everything, seen, hiding, shown }, onAnswer);
    const isSystem = String(caller['scope']).startsWith('system/');
    const next = knocks({ random, everything, seen, usual: question, isSystem });
    for (let n = 0; n < count; n += 1) {
      time.at(2 * everything.length + n);
      const knock = next();
      const { status, hasTold } = await knockAlike(where, both, knock);
      if (hasTold) found += 1;
      onAnswer(knock, status);
    }
    return found;
  } finally {
    for (const side of sides) await side.close();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
}

async function openServer(clock: () => Date, folder: string): Promise<TestServer> {
  const pace = { idle: 100, ends: 60_000, lease: 30_000, look: 100, laneLease: 2_000 };
  const options = {
    ...({ validation: { level: 'off' }, requireIfMatch: false, referenceIntegrity: 'enforce', clock } as const),
    ...{ jobs: { pace: fast }, exports: { folder }, imports: {}, healthWorkers: 'as-scoped' as const },
    subscriptions: { key: randomBytes(32), pace, allowedHosts: [] },
  };
  return startServer(options, undefined, { clock });
}

function group(random: Random): Resource {
  const tag = [{ system: 'urn:t', code: oneOf(random)(['ours', 'ours', 'theirs']) }];
  return {
    ...{ resourceType: 'Group', id: 'g', type: 'person', membership: 'enumerated', meta: { tag } },
    member: patients.map((id) => ({ entity: { reference: `Patient/${id}` } })),
  };
}

type Storing = (server: TestServer, resource: Resource) => Promise<void>;

/** Without hidden elements, of the types of which some are. */
function shownOf(resource: Resource, hidden: readonly string[] | undefined): Resource {
  if (hidden === undefined || !['Observation', 'List'].includes(resource.resourceType)) return resource;
  return Object.fromEntries(Object.entries(resource).filter(([name]) => !hidden.includes(name))) as Resource;
}

const url = (name: string): string => `http://example.org/topics/${name}`;
const observed = (more: object): object => ({ resource: 'Observation', ...more });
const before = `identifier=${system}|before`;
const triggers: Readonly<Record<string, object[]>> = {
  any: ['Observation', 'Encounter', 'List'].map((resource) => ({ resource })),
  'by-previous': [observed({ queryCriteria: { previous: before, resultForCreate: 'test-fails' } })],
  'by-both': [observed({ queryCriteria: { previous: 'status=final', current: 'status=final', requireBoth: true } })],
  'without-previous': [
    observed({
      supportedInteraction: ['update'],
      fhirPathCriteria: '%previous.exists().not() or %previous.language.exists()',
    }),
  ],
  'by-current': [observed({ queryCriteria: { current: 'code=x2,x3' } })],
};
const notificationShape = [
  {
    ...{ resource: 'Observation', include: ['Observation:subject', 'Observation:has-member'] },
    revInclude: ['Observation:has-member', 'List:item'],
  },
];

/** The first one looks at nothing that is hidden from whom elements are hidden. */
const shapesOf = (name: string): object => (name === 'any' ? {} : { notificationShape });

interface Changed {
  readonly random: Random;
  readonly everything: readonly Resource[];
  readonly seen: readonly Resource[];
  readonly hiding: DoorCaller['hiding'];
  /** Stores a resource as the caller sees it. */
  readonly shown: Storing;
}

/** Changes of what is seen and what is not, some of them behind a version that is hidden and another one on each side; then all that subscriptions tell of them. */
async function eventsAlike(
  where: string,
  { full, narrow }: { readonly full: Side; readonly narrow: Side },
  { random, everything, seen, hiding, shown }: Changed,
  onAnswer: OnAnswer,
): Promise<number> {
  await subscribe(where, { full, narrow });
  const events = everything.filter(({ resourceType }) => ['Observation', 'Encounter', 'List'].includes(resourceType));
  const touched = events.filter(() => random(3) > 0);
  const behind = hiding === undefined ? [] : touched.filter((each) => isFirst(each) && seen.includes(each));
  for (const [isFull, side] of [
    [true, full],
    [false, narrow],
  ] as const) {
    const putOne = isFull ? store : shown;
    const of = isFull ? touched : touched.filter((each) => seen.includes(each));
    for (const each of of) await putOne(side.server, { ...each, language: 'uz' });
    await fence(side, 1);
    const secret = {
      ...hiding,
      identifier: [{ system, value: isFull ? 'before' : 'else' }],
      language: isFull ? 'ru' : undefined,
    };
    for (const each of behind) await putOne(side.server, { ...each, ...secret });
    await fence(side, 2);
    for (const each of behind) await putOne(side.server, each);
    await fence(side, 3);
  }
  let found = 0;
  for (const name of Object.keys(triggers))
    for (const path of [
      `/Subscription/${name}/$status`,
      ...contents.map((each) => `/Subscription/${name}/$events?content=${each}`),
    ]) {
      const { status, hasTold } = await knockAlike(where, { full, narrow }, { method: 'GET', path });
      if (hasTold) found += 1;
      onAnswer({ method: 'GET', path }, status);
    }
  return found;
}

const contents = ['empty', 'id-only', 'full-resource'];
const isFirst = ({ resourceType, id }: Resource): boolean => resourceType === 'Observation' && /\d*[02468]$/.test(id);

/** The Subscriptions of the caller, which either has or neither, and one of somebody who sees everything, which tells how far events are made. */
async function subscribe(where: string, both: { readonly full: Side; readonly narrow: Side }): Promise<void> {
  const meta = { tag: [{ system: 'urn:t', code: 'ours' }] };
  const event = { coding: [{ system: 'urn:e', code: 'seen' }] };
  const fenced = { resourceTrigger: [{ resource: 'Basic' }], eventTrigger: [{ event, resource: 'Encounter' }] };
  for (const { server } of [both.full, both.narrow]) {
    for (const [name, resourceTrigger] of Object.entries(triggers))
      await put(server, topic(name, { ...{ url: url(name), resourceTrigger, canFilterBy: [] }, ...shapesOf(name) }));
    await put(server, topic('fence', { url: url('fence'), ...fenced, canFilterBy: [] }));
    await put(server, subscription('fence', { topic: url('fence') }));
    await untilStatus(server, 'fence', 'active');
  }
  for (const name of Object.keys(triggers)) {
    const body = subscription(name, { topic: url(name), meta });
    const { status } = await knockAlike(where, both, { method: 'PUT', path: `/Subscription/${name}`, body });
    assert.ok([201, 422].includes(status), String(status));
    // One after the other on both: a Subscription is stored again when it begins, and the feed tells it by that version.
    if (status === 201) for (const { server } of [both.full, both.narrow]) await untilStatus(server, name, 'active');
  }
}

/** Waits until all that is stored by now is judged. */
async function fence({ server }: Side, number: number): Promise<void> {
  await put(server, { resourceType: 'Basic', id: 'fence', code: { text: String(number) } });
  await untilNumbered(server, 'fence', number);
}
