/** The writes of a transaction, stored as one. */
import type { Budget } from '@dhp/budget';
import type { TransactionWrite, WriteOutcome } from '@dhp/fhir-store';
import type { Beside } from '@dhp/fhir-store/jobs';
import type { Decision } from '../conditional/decision.ts';
import { WritesRefused } from '../http/writes-refused.ts';
import { foundReferences, type AskedReferences } from '../conditional/references.ts';
import { fail, Failure, together } from '../http/errors.ts';
import type { Answer } from '../contract/answer.ts';
import type { Services } from '../contract/interaction.ts';
import { idOf, requireNoTwins, seek, writtenBy, type Asked, type Sought } from './conditionals.ts';
import { inEntry, type Entry } from './entry.ts';
import { createLinks, type Destination } from './links.ts';
import type { Plan } from './plan.ts';
import { collect, maxIssues } from './together.ts';
import { decideEntry, dependsOnCurrent, type WriteSettings } from './writes.ts';

export interface Transaction {
  /** In the order in which they are processed. */
  readonly writes: readonly Plan[];
  readonly conditionals: readonly Asked[];
  readonly references: AskedReferences;
  /** The ids of resources that may be created, by the index of their entry; the same for every retry. */
  readonly ids: ReadonlyMap<number, string>;
  /** Budget of the request. */
  readonly budget: Budget;
  /** Stored in the same transaction. */
  readonly beside: Beside | undefined;
  /** Fails where a read of the transaction could not succeed behind these writes. */
  readonly requireReads: (writes: readonly TransactionWrite[]) => void;
}

export interface WrittenEntry {
  readonly plan: Plan;
  readonly answer: Answer;
  readonly outcomes: readonly WriteOutcome[];
}

/** An entry and its requests to the store. */
interface DecidedEntry {
  readonly plan: Plan;
  readonly decision: Decision;
}

/** Attempts of a transaction that depends on stored resources and is overtaken by other writes. */
const attempts = 10;

/** Commits the writes as one and returns their outcomes in order. Fails, with nothing stored, when one of them cannot be done. */
export async function commit(services: Services, transaction: Transaction): Promise<WrittenEntry[]> {
  const { writes, conditionals, references } = transaction;
  const dependent = writes.filter(dependsOnCurrent);
  const isFree = dependent.length === 0 && conditionals.length === 0 && references.size === 0;
  // Transactions that follow from the same current version, or look for the same, take their turns.
  const locks = new Set(dependent.flatMap(({ target: { type, id } }) => (id === '' ? [] : [`${type}/${id}`])));
  for (const { criteria } of conditionals) for (const lock of criteria.locks) locks.add(lock);

  const free = isFree ? await prepare(services, transaction, locks) : undefined;
  for (let attempt = 1; ; attempt += 1) {
    const made: { steps?: readonly DecidedEntry[] | undefined } = { steps: free };
    const prepareHeld = async (): Promise<readonly TransactionWrite[]> => {
      made.steps = await prepare(services, transaction, locks);
      return writesOf(made.steps ?? []);
    };
    const result = await services.store
      .transaction(free === undefined ? prepareHeld : writesOf(free), { locks: [...locks], beside: transaction.beside })
      .catch((error: unknown) => {
        throw error instanceof WritesRefused ? refusedIn(made.steps ?? [], error) : error;
      });
    const isLast = attempt === attempts;
    const { steps } = made;
    if (steps === undefined) {
      // Something was found that has changed since, or a lock is needed that was not held.
      if (isLast) failContended(writes[0]);
      continue;
    }
    if (result.kind === 'committed') return written(steps, result.outcomes);
    const stepOf = stepsByWrite(steps);
    const refused = result.failures.map(({ index, outcome }) => ({ step: stepOf(index), outcome }));
    await collect(refused.sort(inOrder), entryOf, ({ step, outcome }) => {
      step.decision.refused?.(outcome);
      if (isLast) failContended(step.plan);
    });
  }
}

/** Decides the writes of every entry by the stored state. Undefined when it must be repeated; `locks` then has the locks to take first. */
async function prepare(
  services: Services,
  { writes, conditionals, references, ids, budget, beside, requireReads }: Transaction,
  locks: Set<string>,
): Promise<readonly DecidedEntry[] | undefined> {
  const sought =
    conditionals.length === 0 ? new Map<number, Sought>() : await seek(services, conditionals, writes, budget);
  const links = createLinks(destinations(writes, sought, ids), services.baseUrl);
  const types = typesOf(conditionals, references);
  const own = await writtenBy(services, writes, { sought, ids, types, budget });
  await requireNoTwins(sought.values(), own.makers);
  const found = await foundReferences(services, references, budget, own);
  if (mustWait(references, found, locks)) return undefined;
  // The mode of an import says that it replaces stored resources.
  const settings: WriteSettings = { services, links, found, ids, replaces: beside !== undefined };
  const steps = await collect(
    writes,
    ({ entry }) => entry,
    (plan): DecidedEntry | undefined | Promise<DecidedEntry | undefined> => {
      const step = (decision: Decision | undefined): DecidedEntry | undefined => decision && { plan, decision };
      const decided = decideEntry(plan, sought.get(plan.entry.index), settings);
      return decided instanceof Promise ? decided.then(step) : step(decided);
    },
  );
  if (steps.includes(undefined)) return undefined;
  const decided = steps as DecidedEntry[];
  requireReads(writesOf(decided));
  return decided;
}

/** The types that criteria and references of the entries search. */
function typesOf(conditionals: readonly Asked[], references: AskedReferences): ReadonlySet<string> {
  const types = new Set(conditionals.map(({ criteria }) => criteria.type));
  for (const criteria of references.values()) if (!(criteria instanceof Failure)) types.add(criteria.type);
  return types;
}

/**
 * Whether a reference finds nothing while another request may be creating its target: then that request is waited for. References that find
 * a target hold no lock, so that all may refer to the same resource at the same time.
 */
function mustWait(references: AskedReferences, found: ReadonlyMap<string, unknown>, locks: Set<string>): boolean {
  const before = locks.size;
  for (const [value, criteria] of references) {
    if (criteria instanceof Failure || !(found.get(value) instanceof Failure)) continue;
    for (const lock of criteria.locks) locks.add(lock);
  }
  return locks.size > before;
}

/** Destinations of the entries' resources, by fullUrl. */
function* destinations(
  writes: readonly Plan[],
  sought: ReadonlyMap<number, Sought>,
  ids: ReadonlyMap<number, string>,
): Generator<[string, Destination]> {
  for (const plan of writes) {
    const { entry, target } = plan;
    if (entry.fullUrl === undefined || target.route.method === 'DELETE') continue;
    const id = idOf(plan, sought.get(entry.index), ids);
    if (id !== undefined) yield [entry.fullUrl, { type: target.type, id, isNew: id === ids.get(entry.index) }];
  }
}

function writesOf(steps: readonly DecidedEntry[]): TransactionWrite[] {
  return steps.flatMap(({ decision }) => decision.writes);
}

function written(steps: readonly DecidedEntry[], outcomes: readonly WriteOutcome[]): WrittenEntry[] {
  let from = 0;
  return steps.map(({ plan, decision }) => {
    const own = outcomes.slice(from, (from += decision.writes.length));
    return { plan, answer: decision.answer(own), outcomes: own };
  });
}

/** The step that the write with an index belongs to. */
function stepsByWrite(steps: readonly DecidedEntry[]): (index: number) => DecidedEntry {
  const byWrite = steps.flatMap((step) => step.decision.writes.map(() => step));
  return (index) => {
    const step = byWrite[index];
    if (step === undefined) throw new Error(`the store refused write ${index}, which there is none of`);
    return step;
  };
}

/** The failure with its entries named. */
function refusedIn(steps: readonly DecidedEntry[], { byWrite }: WritesRefused): Failure {
  const stepOf = stepsByWrite(steps);
  const told = byWrite.slice(0, maxIssues);
  const [first, ...others] = told.map(({ index, failure }) => inEntry(failure, stepOf(index).plan.entry));
  return together([first!, ...others], maxIssues);
}

interface Refused {
  readonly step: DecidedEntry;
  readonly outcome: WriteOutcome;
}

function inOrder(a: Refused, b: Refused): number {
  return a.step.plan.entry.index - b.step.plan.entry.index;
}

function entryOf({ step }: Refused): Entry {
  return step.plan.entry;
}

function failContended(plan: Plan | undefined): never {
  const { type = '', id = '' } = plan?.target ?? {};
  const diagnostics = `What the transaction found was changed by others ${attempts} times while it was prepared.`;
  if (id === '') fail('criteria-contended', {}, { diagnostics });
  fail('patch-contended', { type, id }, { diagnostics });
}
