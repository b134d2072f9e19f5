import { uuidv7 } from '@dhp/fhir-model';
import { createPauses } from '@dhp/budget';
import type { StoredVersion } from '@dhp/fhir-store';
import { commit } from './commit.ts';
import { readConditionals } from './conditionals.ts';
import type { Entry } from './entry.ts';
import { duplicateFullUrls, overlaps } from './identities.ts';
import { addressesOf, isWrite, phaseOf, planEntry, type Plan } from './plan.ts';
import { readWritten, rehearseReads } from './reads.ts';
import { answeredEntry, failedEntry, responseBundle } from './response.ts';
import { unsupported } from './target.ts';
import { collect, failTogether } from './together.ts';
import { askedReferences } from '../conditional/references.ts';
import { receiveText } from '../http/body.ts';
import type { Answer } from '../contract/answer.ts';
import { present } from '../presentation/present.ts';
import type { Call, Services } from '../contract/interaction.ts';

/**
 * All entries or none. What can be known without the database is checked first and of all entries, so that one answer names all
 * that is wrong. Then the store takes the writes as one, and the answer is built after its commit.
 * https://hl7.org/fhir/R5/http.html#trules
 */
export async function transaction(services: Services, call: Call, entries: readonly Entry[]): Promise<Answer> {
  const plans = await collect(entries, itself, (entry) => planned(services, call, entry));
  const clashes = new Map([...overlaps(addressesOf(plans)), ...duplicateFullUrls(entries)]);
  failTogether([...clashes].sort(([a], [b]) => a - b).map(([, each]) => each));

  const writes = plans.filter(isWrite).sort((a, b) => phaseOf(a) - phaseOf(b));
  const reads = plans.filter((plan) => !isWrite(plan));
  const conditionals = await readConditionals(services, writes);
  const references = await askedReferences(services, call, textsOf(writes));
  const ids = new Map(writes.filter(mayCreate).map(({ entry }) => [entry.index, uuidv7()]));

  // The target of a conditional entry is not known yet, so it may be any of the resources that are read.
  const answers = await rehearseReads(services, reads, writes, conditionals.length === 0);
  const written = await commit(services, { writes, conditionals, references, ids, budget: call.budget });
  const versions: StoredVersion[] = [];
  for (const { plan, answer, outcomes } of written) {
    answers.set(plan.entry.index, present(answer, plan.presentation));
    for (const outcome of outcomes) if ('version' in outcome) versions.push(outcome.version);
  }
  const parts = new Array<(Buffer | string)[]>(plans.length);
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
    if (answer !== undefined) parts[plan.entry.index] = answeredEntry(services, call, plan, answer);
  }
  return responseBundle('transaction-response', parts);
}

function planned(services: Services, call: Call, entry: Entry): Plan {
  const plan = planEntry(services, call, entry);
  const { interaction } = plan.target.route;
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
  return plan;
}

/** A text was taken from the Bundle, which has been checked already. */
function textIn({ body }: Call): string {
  return typeof body === 'string' ? body : receiveText(body).text;
}

/** Whether a new id may be needed. */
function mayCreate({ target: { route, id } }: Plan): boolean {
  return route.method === 'POST' || (route.method === 'PUT' && id === '');
}

function* textsOf(writes: readonly Plan[]): Generator<string> {
  for (const { call } of writes) if (call.body !== undefined) yield textIn(call);
}

function itself(entry: Entry): Entry {
  return entry;
}
