/**
 * Accepts a Subscription for storage: refuses it with all errors, or stores it as it will be served. The rights of its writer are stored
 * first, and the stored resource refers to them; the values of its channel are stored encrypted with them and are never shown.
 * docs/decisions/0100-topics-and-subscriptions.md
 */
import { randomUUID } from 'node:crypto';
import { Budget } from '@dhp/budget';
import type { NewVersion, ResourceStore, TransactionWrite } from '@dhp/fhir-store';
import type { SubscriptionStore } from '@dhp/fhir-store/subscriptions';
import type { Requester } from '../contract/subscriptions.ts';
import { failure, Failure } from '../http/errors.ts';
import { WritesRefused } from '../http/writes-refused.ts';
import { applyPatch } from '../patch/apply-patch.ts';
import { faultsForOwner } from '../topics/for-owner.ts';
import { writtenRights } from '../access/rights.ts';
import { channelFaults, type Fault } from './channel.ts';
import { activeTopics } from '../topics/find-topic.ts';
import { storedWhole } from '../topics/stored-whole.ts';
import { seesSubscriptions } from '../contract/subscriptions.ts';
import { foreignExtensions } from './foreign-extensions.ts';
import { identifiersWith, listOf, requestIn, withheld } from './request-identifier.ts';
import type { ChannelValues, ValueSeal } from './sealed-values.ts';

type Json = Readonly<Record<string, unknown>>;

export interface Accepting {
  /** The whole store, without access control. */
  readonly unguarded: Pick<ResourceStore, 'find' | 'read'>;
  readonly store: Pick<SubscriptionStore, 'addRequest' | 'requests' | 'standing'>;
  readonly values: ValueSeal;
  readonly baseUrl: string;
  readonly timeZone: string;
  readonly clock: () => Date;
  readonly refusedAddress: (url: string) => string | undefined;
  readonly sendsMails: boolean;
  /** The maximum number of subscriptions per client that are not off. */
  readonly most: number;
  readonly ownerOf: (access: Requester['access']) => string;
}

type Written = NewVersion & { readonly id?: string };

export function acceptingStore<Store extends ResourceStore>(
  store: Store,
  requester: Requester,
  settings: Accepting,
): Store {
  const accept = <Write extends Written>(write: Write): Promise<Write> => accepted(write, store, requester, settings);
  const each = async (writes: readonly TransactionWrite[]): Promise<readonly TransactionWrite[]> => {
    const failures: { index: number; failure: Failure }[] = [];
    const made: TransactionWrite[] = [];
    for (const [index, write] of writes.entries()) {
      try {
        made.push(isMeant(write) ? await accept(write) : write);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failures.push({ index, failure: error });
      }
    }
    if (failures.length > 0) throw new WritesRefused(failures);
    return made;
  };
  return {
    ...store,
    create: (resource) =>
      resource.type === 'Subscription' ? accept(resource).then((made) => store.create(made)) : store.create(resource),
    update: (update) =>
      update.type === 'Subscription' ? accept(update).then((made) => store.update(made)) : store.update(update),
    transaction: (writes, options) => {
      if (typeof writes === 'function') return store.transaction(async () => each(await writes()), options);
      if (!writes.some(isMeant)) return store.transaction(writes, options);
      return each(writes).then((made) => store.transaction(made, options));
    },
  };
}

function isMeant(write: TransactionWrite): write is Exclude<TransactionWrite, { kind: 'delete' }> {
  return write.type === 'Subscription' && write.kind !== 'delete';
}

/** Statuses of a subscription from which no notifications are expected. https://hl7.org/fhir/R5/valueset-subscription-status.html */
const silent: readonly unknown[] = ['off', 'entered-in-error'];

async function accepted<Write extends Written>(
  write: Write,
  store: Pick<ResourceStore, 'read' | 'searchParameters'>,
  requester: Requester,
  settings: Accepting,
): Promise<Write> {
  const { resource } = write;
  if (silent.includes(resource['status'])) {
    const unread = channelFaults(resource, { ...settings, now: settings.clock(), refusedAddress: () => undefined });
    const faults = unread.filter(({ place }) => place === 'Subscription.parameter');
    if (!seesSubscriptions(requester.access)) faults.push(...(await ownerFaults(write, requester, settings)));
    if (faults.length > 0) throw refusal(faults);
    return rewritten(write, undefined);
  }
  const faults = [
    ...statusFaults(resource),
    ...(await ownerFaults(write, requester, settings)),
    ...channelFaults(resource, { ...settings, now: settings.clock() }),
    ...(await topicFaults(resource, store, requester, settings)),
    ...foreignExtensions(resource),
  ];
  const values = await valuesOf(write, store, settings);
  const all = [...faults, ...values.faults];
  if (all.length > 0) throw refusal(all);
  const { access } = requester;
  const id = randomUUID();
  const sealed = values.given.length === 0 ? null : settings.values.seal(id, values.given);
  const request = { id, client: access.clientId, owner: settings.ownerOf(access), rights: writtenRights(access) };
  if (!(await settings.store.addRequest({ ...request, sealed }, settings.most))) throw tooMany(settings.most);
  return rewritten(write, id);
}

function statusFaults({ status }: Json): Fault[] {
  if (status === 'requested') return [];
  const message =
    'it is requested, or off: the server alone makes a subscription active, and says that it has an error';
  return [{ place: 'Subscription.status', message }];
}

/** Its events, and how many there are, are for one client and person. */
async function ownerFaults({ id }: Written, { access }: Requester, { store, ownerOf }: Accepting): Promise<Fault[]> {
  const [known] = id === undefined ? [] : await store.standing([id]);
  if (known === undefined || known.owner === null || known.owner === ownerOf(access)) return [];
  const message = 'its events are for the client and person who requested it first: make a Subscription of your own';
  return [{ place: 'Subscription.id', message }];
}

async function topicFaults(
  resource: Json,
  store: Pick<ResourceStore, 'searchParameters'>,
  { rules, partly }: Requester,
  { unguarded, timeZone, baseUrl, clock }: Accepting,
): Promise<Fault[]> {
  const { topic: canonical, filterBy } = resource;
  const faults: Fault[] = [];
  if (rules('r', 'Subscription') === false)
    faults.push({
      place: 'Subscription',
      message:
        'the token must permit reading Subscriptions too, since by it the events are read (system/Subscription.r)',
    });
  if (typeof canonical !== 'string')
    return [...faults, { place: 'Subscription.topic', message: 'it must be the URL of a SubscriptionTopic' }];
  const [found, ...others] = await activeTopics(unguarded, canonical, { timeZone, baseUrl, now: clock() });
  const shown = JSON.stringify(canonical.slice(0, 300));
  if (found === undefined || others.length > 0) {
    const message =
      found === undefined
        ? `no active SubscriptionTopic of this server is ${shown}; GET [base]/SubscriptionTopic?status=active lists them`
        : `several active topics are ${shown}; name the version as well (url|version), and where they have the same one, have all but one of them retired`;
    return [...faults, { place: 'Subscription.topic', message }];
  }
  // With the parameters that the owner may use: neither a filter nor a criterion of the topic may disclose hidden elements.
  const reading = { timeZone, ownBases: [baseUrl], own: await store.searchParameters() };
  const whole = await storedWhole(unguarded, found.resource, { timeZone, baseUrl, now: clock() });
  return [...faults, ...faultsForOwner(whole, filterBy, reading, partly)];
}

/** The values of the parameters: a value sent in its withheld form remains unchanged. */
async function valuesOf(
  { resource, id }: Written,
  store: Pick<ResourceStore, 'read'>,
  { store: requests, values }: Accepting,
): Promise<{ readonly given: ChannelValues; readonly faults: readonly Fault[] }> {
  const parameters = listOf(resource['parameter']).map(({ name, value }) => [String(name), String(value)] as const);
  if (!parameters.some(([, value]) => value === withheld)) return { given: parameters, faults: [] };
  const current = id === undefined ? undefined : await store.read('Subscription', id);
  const known =
    current?.deleted === false ? requestIn(JSON.parse(current.content.toString('utf8')) as Json) : undefined;
  const [before] = known === undefined ? [] : await requests.requests([known]);
  const kept = before === undefined || before.sealed === null ? [] : values.open(before.id, before.sealed);
  const faults: Fault[] = [];
  const given = parameters.map(([name, value], n): readonly [string, string] => {
    if (value !== withheld) return [name, value];
    const nth = parameters.slice(0, n).filter(([other]) => other === name).length;
    const own = kept.filter(([other]) => other === name)[nth];
    if (own === undefined)
      faults.push({
        place: `Subscription.parameter[${n}].value`,
        message: `${withheld} stands for a value that is stored, and there is none of this name: send the value`,
      });
    return [name, own?.[1] ?? ''];
  });
  return { given, faults };
}

/** The write with the request that it names, and without the values. */
function rewritten<Write extends Written>(write: Write, request: string | undefined): Write {
  const { resource, source, budget = new Budget() } = write;
  const identifiers = identifiersWith(resource, request);
  const operations: object[] = [];
  const has = resource['identifier'] !== undefined;
  if (identifiers.length > 0) operations.push({ op: has ? 'replace' : 'add', path: '/identifier', value: identifiers });
  else if (has) operations.push({ op: 'remove', path: '/identifier' });
  if (Array.isArray(resource['parameter']))
    (resource['parameter'] as unknown[]).forEach((one, n) => {
      if (listOf([one])[0]?.['value'] !== undefined)
        operations.push({ op: 'replace', path: `/parameter/${n}/value`, value: withheld });
    });
  if (operations.length === 0) return write;
  const patch = { kind: 'json-patch' as const, text: JSON.stringify(operations) };
  const made = applyPatch(patch, Buffer.from(source.text), { type: 'Subscription', budget });
  // Index values made earlier belong to the resource that was sent.
  return made === undefined ? write : { ...write, source: made.source, resource: made.resource, prepared: undefined };
}

/** One failure for all faults. */
function refusal(faults: readonly Fault[]): Failure {
  const [first, ...others] = faults.map(({ place, message }) =>
    failure('subscription-invalid', { place }, { diagnostics: `${place}: ${message}.`, expression: place }),
  );
  if (others.length === 0) return first!;
  const { values, detail } = first!;
  return failure('subscription-invalid', { place: String(values['place']) }, { ...detail, others });
}

function tooMany(most: number): Failure {
  const diagnostics = `A client has ${most} subscriptions at most that are not off. Turn off or delete those that you do not need.`;
  return failure('subscriptions-too-many', { limit: String(most) }, { diagnostics, expression: 'Subscription' });
}
