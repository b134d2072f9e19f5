/**
 * `SubscriptionTopic/$report-event`: an event of an application that no change of a resource shows.
 * docs/subscriptions.md#events-of-applications
 */
import { conditionOf } from '@dhp/search-index';
import type { StoredVersion } from '@dhp/fhir-store';
import { patientsIn } from '../../audit/patients-in.ts';
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { missingPermission } from '../../http/access.ts';
import { fail } from '../../http/errors.ts';
import { json } from '../../http/respond.ts';
import { requireCurrent } from '../../interactions/current.ts';
import { fromStore } from '../../http/store-failure.ts';
import { ownEvents } from '../../topics/access-event.ts';
import { readEvents } from '../../topics/triggers.ts';
import { invalid, isObject } from '../input.ts';
import type { Input, Operation } from '../operation.ts';

/** The right of a system to report events; no wildcard contains it. */
export const reportScope = 'dhp.report-events';

const scope = { path: '/SubscriptionTopic/$report-event', interaction: '$report-event', of: 'SubscriptionTopic' };
/** The most topics with one event that are examined. */
const mostTopics = 100;
const longestKey = 200;

/**
 * Fails with `scope-insufficient` without the right, `parameter-invalid` for an event that no active topic of this server has for the type of the focus,
 * `event-key-used`, and as a read of the focus.
 */
async function reportEvent(services: Services, call: Call, input: Input): Promise<Answer> {
  const { subscriptions, baseUrl } = services;
  const { access, recording } = call;
  if (access?.authority !== 'system' || access.claimed?.scopes.includes(reportScope) !== true) return failRight();
  const { system, code } = eventIn(input);
  const key = keyIn(input);
  const focus = await focusIn(services, call, input);
  if (recording !== undefined) {
    if (focus.type === 'Patient') recording.patients.add(focus.id);
    patientsIn(focus.content, baseUrl, recording.patients);
  }
  if (subscriptions === undefined) return failUnknown({ system, code }, focus.type);
  await requireTopic(services, call, { system, code }, focus.type);
  const event = { key, system, code, type: focus.type, focus: focus.id, ver: focus.versionId };
  const { stored, isNew } = await subscriptions.store.report(access.clientId, event);
  const isSame = stored.system === system && stored.code === code && stored.type === focus.type;
  if (!isSame || stored.focus !== focus.id)
    fail('event-key-used', {}, { diagnostics: usedKey(key), expression: 'Parameters.parameter' });
  const parameter = [
    { name: 'event', valueId: stored.id },
    { name: 'new', valueBoolean: isNew },
  ];
  return json(JSON.stringify({ resourceType: 'Parameters', parameter }), { 'cache-control': 'no-store' });
}

function failRight(): never {
  const diagnostics = `Events are reported by systems that act for themselves, with the scope ${reportScope}.`;
  return fail('scope-insufficient', { scope: reportScope }, { diagnostics, scope: reportScope });
}

function usedKey(key: string): string {
  return `You have reported another event with the key ${JSON.stringify(key)}. Give each event a key of its own, and the same one when you report it again.`;
}

function eventIn(input: Input): { readonly system: string; readonly code: string } {
  const { system, code } = input.get('event')![0] as Readonly<Record<string, unknown>>;
  if (typeof system !== 'string' || typeof code !== 'string' || system === '' || code === '')
    return invalid('event', 'event is a Coding with system and code.', 'Parameters.parameter');
  if (system === ownEvents)
    return invalid(
      'event',
      `Events of the system ${ownEvents} are reported by this server alone. Report one of a system of yours.`,
      'Parameters.parameter',
    );
  return { system, code };
}

function keyIn(input: Input): string {
  const key = String(input.get('key')![0]);
  if (key.length > longestKey || !/^[\x21-\x7e]+$/.test(key))
    invalid('key', `key is 1 to ${longestKey} printable characters of ASCII without spaces.`, 'Parameters.parameter');
  return key;
}

/** The version that the event is about, as the caller may read it now. */
async function focusIn(services: Services, { access }: Call, input: Input): Promise<StoredVersion> {
  const given = input.get('focus')![0];
  const reference = isObject(given) ? given['reference'] : undefined;
  const local = String(reference).startsWith(`${services.baseUrl}/`)
    ? String(reference).slice(services.baseUrl.length + 1)
    : String(reference);
  const [, type, id] = /^([A-Z][A-Za-z]+)\/([A-Za-z\d.-]{1,64})$/.exec(local) ?? [];
  if (type === undefined || id === undefined)
    return invalid(
      'focus',
      'focus is a Reference to a resource of this server, such as Encounter/1.',
      'Parameters.parameter',
    );
  const missing = missingPermission(access!, 'r', type, '$report-event');
  if (missing !== undefined) throw missing;
  const stored = await services.reading('r').store.read(type, id);
  requireCurrent(stored, type, id);
  return stored;
}

type Coding = Readonly<Record<'system' | 'code', string>>;

/** An event to which nobody can subscribe is a mistake in a code or a type. */
async function requireTopic(
  services: Services,
  { budget }: Call,
  { system, code }: Coding,
  type: string,
): Promise<void> {
  const { unguarded, timeZone, baseUrl, clock } = services;
  const token = [system, code].map((text) => text.replace(/[\\,$|]/g, String.raw`\$&`)).join('|');
  const pairs = [
    ['status', 'active'],
    ['event', token],
  ] as const;
  const asked = { timeZone, now: clock(), ownBases: [baseUrl], lenient: false };
  const condition = conditionOf('SubscriptionTopic', pairs, asked);
  const found = await fromStore(() => unguarded.find('SubscriptionTopic', condition, mostTopics), scope);
  budget.take(found.length, '$report-event');
  for (const { id } of found) {
    const topic = await unguarded.read('SubscriptionTopic', id);
    if (topic?.deleted !== false) continue;
    const resource = JSON.parse(topic.content.toString('utf8')) as Readonly<Record<string, unknown>>;
    const events = resource['status'] === 'active' ? readEvents(resource['eventTrigger'], () => undefined) : [];
    if (events.some((each) => each.system === system && each.code === code && each.type === type)) return;
  }
  failUnknown({ system, code }, type);
}

function failUnknown({ system, code }: Coding, type: string): never {
  const diagnostics =
    `No active SubscriptionTopic of this server has the event ${system.slice(0, 200)}|${code.slice(0, 100)} of ${type} ` +
    'in its eventTrigger, so that nobody could be told of it. Name an event of a topic, with a focus of the type that the topic says.';
  return invalid('event', diagnostics, 'Parameters.parameter');
}

const once = { min: 1, max: '1' } as const;

export const reportEventOperation: Operation = {
  id: 'SubscriptionTopic-report-event',
  code: 'report-event',
  isOwn: true,
  title: 'An event of an application',
  description:
    'Reports an event of which no change of a resource tells, to those who subscribed to a topic that has it in eventTrigger. It gets a place in the ' +
    'order of all changes, and is told, as a change is, to who may see its focus. What is reported again with the same key is the same event. ' +
    `For systems with the scope ${reportScope}, which read the focus.`,
  affectsState: true,
  levels: ['type'],
  types: ['SubscriptionTopic'],
  permission: 'own',
  parameters: [
    {
      ...{ name: 'event', use: 'in', ...once, type: 'Coding' },
      documentation: 'The event, by a coding of an eventTrigger of an active topic.',
    },
    {
      ...{ name: 'focus', use: 'in', ...once, type: 'Reference' },
      documentation: 'The resource that it is about, of the type that the topic says, as it is stored now.',
    },
    {
      ...{ name: 'key', use: 'in', ...once, type: 'string' },
      documentation: `The client's own name for it, of 1 to ${longestKey} printable characters of ASCII: with the same one it is reported once.`,
    },
    { ...{ name: 'event', use: 'out', ...once, type: 'id' }, documentation: 'The id that the server has given it.' },
    {
      ...{ name: 'new', use: 'out', ...once, type: 'boolean' },
      documentation: 'Whether this request has reported it, and none before.',
    },
  ],
  run: reportEvent,
};
