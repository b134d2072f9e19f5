import { uuidv7 } from '@dhp/fhir-model';
import { createPauses } from '@dhp/budget';
import type { StoredVersion } from '@dhp/fhir-store';
import { commit } from './commit.ts';
import { readConditionals } from './conditionals.ts';
import type { Entry } from './entry.ts';
import { duplicateFullUrls, overlaps } from './identities.ts';
import { addressesOf, isWrite, phaseOf, planEntry, textIn, type Plan, type Sent } from './plan.ts';
import { readWritten, rehearseReads } from './reads.ts';
import { answeredEntry, failedEntry, responseBundle, type ShownEntry } from './response.ts';
import { unsupported } from './target.ts';
import { collect, failTogether } from './together.ts';
import { askedReferences } from '../conditional/references.ts';
import type { Answer } from '../contract/answer.ts';
import type { Together } from '../contract/request.ts';
import type { Call, Services } from '../contract/interaction.ts';

/**
 * All entries or none. Everything that needs no database is checked first and for all entries, so that one answer lists all errors. Then
 * the store takes the writes as one, and the answer is built after its commit. https://hl7.org/fhir/R5/http.html#trules
 */
export async function transaction(services: Services, call: Call, sent: readonly Sent[]): Promise<Answer> {
  const entries = sent.map(entryOf);
  const stored = new Map<number, Answer>();
  const together: Together = { answerTo: (index) => stored.get(index)! };
  const plans = await collect(sent, entryOf, (each) => planned(services, call, each, together));
  const clashes = new Map([...overlaps(addressesOf(plans)), ...duplicateFullUrls(entries)]);
  failTogether([...clashes].sort(([a], [b]) => a - b).map(([, each]) => each));

  const writes = plans.filter(isWrite).sort((a, b) => phaseOf(a) - phaseOf(b));
  const reads = plans.filter((plan) => !isWrite(plan));
  const conditionals = await readConditionals(services, writes);
  const references = await askedReferences(services, call, textsOf(writes));
  const ids = new Map(writes.filter(mayCreate).map(({ entry }) => [entry.index, uuidv7()]));

  // The target of a conditional entry is not known yet, so it may be any of the resources that are read.
  const { answers, requirePossible: requireReads } = await rehearseReads(
    services,
    reads,
    writes,
    conditionals.length === 0,
  );
  const { budget, work } = call;
  const asked = { writes, conditionals, references, ids, budget, beside: work?.beside, requireReads };
  const written = await commit(services, asked);
  const versions: StoredVersion[] = [];
  for (const { plan, answer, outcomes } of written) {
    stored.set(plan.entry.index, answer);
    answers.set(plan.entry.index, plan.port.stored(plan.call));
    for (const outcome of outcomes) if ('version' in outcome) versions.push(outcome.version);
  }
  const parts = new Array<ShownEntry>(plans.length);
  const open = reads.filter(({ entry }) => !answers.has(entry.index));
  await readWritten(services, open, versions, (plan, result) => {
    if ('failure' in result) parts[plan.entry.index] = failedEntry(services, call, plan, result.failure);
    else answers.set(plan.entry.index, result);
  });
  const pause = createPauses();
  for (const plan of plans) {
    const due = pause();
    if (due !== undefined) await due;
    const answer = answers.get(plan.entry.index);
    if (answer !== undefined) parts[plan.entry.index] = answeredEntry(services, plan, answer);
  }
  return responseBundle('transaction-response', parts);
}

/** The plan of an entry; it knows why it was refused. */
function planned(services: Services, call: Call, sent: Sent, together: Together): Plan {
  try {
    const plan = planEntry(services, call, sent, together);
    requirePossible(plan);
    return plan;
  } catch (error) {
    sent.port.refused(error);
    throw error;
  }
}

function requirePossible(plan: Plan): void {
  const { entry, target } = plan;
  const { interaction } = target.route;
  if (isWrite(plan) && interaction.startsWith('$')) {
    unsupported(
      entry,
      'url',
      `${interaction} by POST may store, and cannot be a part of a transaction; send it in a batch, or by itself.`,
    );
  }
  if (isWrite(plan) && plan.call.query['_cascade'] !== undefined) {
    unsupported(entry, 'url', 'A delete in a transaction does not cascade; name all that is to be deleted.');
  }
}

/** Whether a new id may be needed. */
function mayCreate({ target: { route, id } }: Plan): boolean {
  return route.method === 'POST' || (route.method === 'PUT' && id === '');
}

function* textsOf(writes: readonly Plan[]): Generator<string> {
  for (const { call } of writes) if (call.body !== undefined) yield textIn(call);
}

function entryOf({ entry }: Sent): Entry {
  return entry;
}
