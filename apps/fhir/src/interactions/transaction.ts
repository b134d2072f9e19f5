import { uuidv7 } from '@dhp/fhir-model';
import type { TransactionWrite, WriteOutcome } from '@dhp/fhir-store';
import type { Entry } from '../bundle/entry.ts';
import { duplicateFullUrls, overlaps } from '../bundle/identities.ts';
import { createLinks, type Destination } from '../bundle/links.ts';
import { isWrite, phaseOf, planEntry, type Plan } from '../bundle/plan.ts';
import { readWritten, rehearseReads } from '../bundle/reads.ts';
import { answeredEntry, failedEntry, responseBundle } from '../bundle/response.ts';
import { collect, failTogether } from '../bundle/together.ts';
import { answerWrite, dependsOnCurrent, prepareWrite, type WriteSettings } from '../bundle/writes.ts';
import { fail } from '../http/errors.ts';
import type { Answer } from '../http/respond.ts';
import { present } from '../presentation/present.ts';
import type { Call, Environment } from './interaction.ts';

/**
 * All entries or none. What can be known without the database is checked first and of all entries, so that one answer names all
 * that is wrong. Then the store takes the writes as one, and the answer is built after its commit.
 * https://hl7.org/fhir/R5/http.html#trules
 */
export async function transaction(environment: Environment, call: Call, entries: readonly Entry[]): Promise<Answer> {
  const plans = await collect(entries, itself, (entry) => planEntry(environment, call, entry));
  const clashes = new Map([...overlaps(plans), ...duplicateFullUrls(entries)]);
  failTogether([...clashes].sort(([a], [b]) => a - b).map(([, each]) => each));

  const writes = plans.filter(isWrite).sort((a, b) => phaseOf(a) - phaseOf(b));
  const reads = plans.filter((plan) => !isWrite(plan));
  const ids = new Map(writes.filter(isCreate).map(({ entry }) => [entry.index, uuidv7()]));
  const links = createLinks(destinations(writes, ids), environment.baseUrl);

  const answers = await rehearseReads(environment, reads, writes);
  const outcomes = await commit(writes, { environment, links, ids });
  for (const [index, plan] of writes.entries()) {
    answers.set(plan.entry.index, present(answerWrite(environment, plan, outcomes[index]!), plan.presentation));
  }
  const parts = new Array<(Buffer | string)[]>(plans.length);
  const versions = outcomes.flatMap((outcome) => ('version' in outcome ? outcome.version : []));
  const open = reads.filter(({ entry }) => !answers.has(entry.index));
  await readWritten(environment, open, versions, (plan, result) => {
    if ('failure' in result) parts[plan.entry.index] = failedEntry(environment.failed(result.failure, call));
    else answers.set(plan.entry.index, result);
  });
  for (const plan of plans) {
    const answer = answers.get(plan.entry.index);
    if (answer !== undefined) parts[plan.entry.index] = answeredEntry(environment, plan, answer);
  }
  return responseBundle('transaction-response', parts);
}

/** How often a transaction that depends on current versions begins anew when somebody else changes them. */
const attempts = 10;

/** The outcomes of the writes, committed as one; in their order. Fails, with nothing stored, when the store refuses one. */
async function commit(writes: readonly Plan[], settings: WriteSettings): Promise<readonly WriteOutcome[]> {
  const { environment } = settings;
  const independent = writes.filter((plan) => !dependsOnCurrent(plan));
  const dependent = writes.filter(dependsOnCurrent);
  const prepare = (plans: readonly Plan[]): Promise<TransactionWrite[]> =>
    collect(plans, entryOf, (plan) => prepareWrite(plan, settings));
  const order = [...independent, ...dependent];
  const prepared = await prepare(independent);
  // Transactions that follow from the same current version take their turns; who does not is met by the attempts.
  const locks = dependent.map(({ target: { type, id } }) => `${type}/${id}`);
  for (let attempt = 1; ; attempt += 1) {
    const result = await environment.store.transaction(
      dependent.length === 0 ? prepared : async () => [...prepared, ...(await prepare(dependent))],
      { locks },
    );
    if (result.kind === 'committed') {
      const outcomes = new Map(order.map((plan, index) => [plan, result.outcomes[index]!]));
      return writes.map((plan) => outcomes.get(plan)!);
    }
    const refused = result.failures.map(({ index, outcome }) => ({ plan: order[index]!, outcome }));
    const final = refused.filter(({ plan }) => attempt === attempts || !dependsOnCurrent(plan));
    await collect(
      final.sort(inOrder),
      ({ plan }) => plan.entry,
      ({ plan, outcome }) => refuse(environment, plan, outcome),
    );
  }
}

function inOrder(a: { plan: Plan }, b: { plan: Plan }): number {
  return a.plan.entry.index - b.plan.entry.index;
}

/** Fails as the interaction by itself does. */
function refuse(environment: Environment, plan: Plan, outcome: WriteOutcome): never {
  if (dependsOnCurrent(plan)) failContended(plan);
  answerWrite(environment, plan, outcome);
  throw new Error(`the store refused ${plan.request.method} ${plan.request.url} with ${outcome.kind}`);
}

function failContended({ target: { type, id } }: Plan): never {
  const diagnostics = `${type}/${id} was changed by others ${attempts} times while the transaction was prepared.`;
  fail('patch-contended', { type, id }, { diagnostics });
}

/** Where the resources of the entries will be, by fullUrl. */
function* destinations(writes: readonly Plan[], ids: ReadonlyMap<number, string>): Generator<[string, Destination]> {
  for (const plan of writes) {
    const { entry, target } = plan;
    if (entry.fullUrl === undefined || target.route.method === 'DELETE') continue;
    const id = ids.get(entry.index);
    yield [entry.fullUrl, { type: target.type, id: id ?? target.id, isNew: id !== undefined }];
  }
}

function isCreate({ target }: Plan): boolean {
  return target.route.method === 'POST';
}

function entryOf({ entry }: Plan): Entry {
  return entry;
}

function itself(entry: Entry): Entry {
  return entry;
}
