/** The changes of the last day that the caller sees, judged by a topic. */
import { createPauses } from '@dhp/budget';
import type { JsonResource } from '@dhp/fhir-search';
import type { ResourceStore, StoredVersion } from '@dhp/fhir-store';
import type { Call, Services } from '../../contract/interaction.ts';
import { payForParsing } from '../../http/cost.ts';
import { fromStore } from '../../http/store-failure.ts';
import { seenChanges, storedVersion } from '../../access/seen-changes.ts';
import { isReportedFor, ownEvents } from '../../topics/access-event.ts';
import { changeOf, type TopicChange } from '../../topics/change.ts';
import { asksPrevious, fires } from '../../topics/fires.ts';
import type { CompiledTopic, Interaction, Reading } from '../../topics/topic.ts';

export interface Fired {
  readonly version: StoredVersion;
  /** Undefined for a reported event. */
  readonly interaction: Interaction | undefined;
  /** Its place among the triggers of its kind. */
  readonly trigger: number;
}

export interface Tried {
  looked: number;
  fired: number;
  /** Whether there is nothing more in the day. */
  isWhole: boolean;
  readonly examples: Fired[];
  /** Changes for which a criterion could not be evaluated, and the reason of the first one. */
  failed: number;
  failure: string | undefined;
}

const day = 24 * 3_600_000;
/** The most changes that are examined. */
export const mostLooked = 5_000;
export const mostExamples = 10;
const chunk = 100;

/** The oldest first. Fails as a history does; ends before the budget does. */
export async function tryLastDay(
  services: Services,
  call: Call,
  topic: CompiledTopic,
  reading: Reading,
): Promise<Tried> {
  const { store } = services.reading('s');
  const { budget } = call;
  const page = {
    ...{ types: [...topic.triggers.keys()], since: new Date(services.clock().getTime() - day) },
    ...{ count: chunk, order: 'oldest-first' as const },
  };
  const tried: Tried = { looked: 0, fired: 0, isWhole: false, examples: [], failed: 0, failure: undefined };
  await tryReports(services, call, topic, tried);
  if (page.types.length === 0) return { ...tried, isWhole: true };
  const pause = createPauses();
  let [dearest, cursor] = [0, undefined as string | undefined];
  do {
    const from = cursor === undefined ? {} : { cursor };
    const { versions, next } = await fromStore(() => store.historyOf({ ...page, ...from }), scope);
    budget.take(versions.length, '$try');
    for (const version of versions) {
      budget.requireLeft('$try');
      // The next one may cost twice as much as any before.
      if (tried.looked === mostLooked || budget.workLeft < 2 * dearest) return tried;
      await pause();
      const before = budget.used.work;
      await judge({ store, topic, tried, budget, reading }, version);
      dearest = Math.max(dearest, budget.used.work - before);
      tried.looked += 1;
    }
    cursor = next;
  } while (cursor !== undefined);
  tried.isWhole = true;
  return tried;
}

const scope = { path: '/SubscriptionTopic/$try', interaction: '$try', of: 'SubscriptionTopic' };

/** Events that were reported in the day and whose focus the caller sees. */
async function tryReports(
  services: Services,
  { budget, access }: Call,
  topic: CompiledTopic,
  tried: Tried,
): Promise<void> {
  const { subscriptions, clock } = services;
  if (subscriptions === undefined || topic.events.length === 0) return;
  const since = new Date(clock().getTime() - day);
  const codings = topic.events.map(({ system, code }) => `${system}|${code}`);
  const reports = await subscriptions.store.recentReports({ since, codings, limit: mostReports });
  budget.take(reports.length, '$try');
  for (const [n, { system, code, type, focus, ver, key }] of reports.entries()) {
    if (system === ownEvents && !isReportedFor(access!, { focus, key })) continue;
    const event = topic.events.find((each) => each.system === system && each.code === code && each.type === type);
    const version = event && (await storedVersion(services, type, focus, ver));
    if (event === undefined || version === undefined) continue;
    const [seen] = await fromStore(() => seenChanges(services, [{ ...version, position: String(n) }]), scope);
    if (seen === undefined) continue;
    tried.looked += 1;
    tried.fired += 1;
    if (tried.examples.length < mostExamples)
      tried.examples.push({ version: seen, interaction: undefined, trigger: event.number });
  }
}

/** The most reported events that are examined. */
const mostReports = 500;

interface Trial extends Pick<Call, 'budget'> {
  readonly store: ResourceStore;
  readonly topic: CompiledTopic;
  readonly tried: Tried;
  readonly reading: Reading;
}

async function judge(trial: Trial, version: StoredVersion): Promise<void> {
  const { topic, tried, budget } = trial;
  const change = await changeIn(trial, version);
  const { trigger, failure } = fires(topic, change, budget);
  if (failure !== undefined) {
    tried.failed += 1;
    tried.failure ??= failure;
  }
  if (trigger === undefined) return;
  tried.fired += 1;
  if (tried.examples.length < mostExamples) tried.examples.push({ version, interaction: change.interaction, trigger });
}

async function changeIn({ store, topic, budget, reading }: Trial, version: StoredVersion): Promise<TopicChange> {
  const current = resourceOf(version, budget);
  const alone = changeOf({ ...version, current, previous: undefined }, { ...reading, budget });
  if (!asksPrevious(topic, alone)) return alone;
  budget.take(1, '$try');
  const { type, id, versionId } = version;
  const before = await fromStore(() => store.vread(type, id, versionId - 1), scope);
  const previous = before === undefined ? undefined : resourceOf(before, budget);
  return changeOf({ ...version, current, previous }, { ...reading, budget });
}

function resourceOf({ deleted, content }: StoredVersion, budget: Call['budget']): JsonResource | undefined {
  if (deleted) return undefined;
  payForParsing(budget, content);
  return JSON.parse(content.toString('utf8')) as JsonResource;
}
