import { BudgetSpent, createPauses } from '@dhp/budget';
import { inEntry, shownEntry } from './entry.ts';
import { duplicateFullUrls, overlaps } from './identities.ts';
import { canonical } from './links.ts';
import { addressesOf, phaseOf, planEntry, type Plan, type Sent } from './plan.ts';
import { relinkedAlone } from './references.ts';
import { answeredEntry, failedEntry, responseBundle, type ShownEntry } from './response.ts';
import { inParallel } from '../conditional/in-parallel.ts';
import { askedReferences, foundReferences } from '../conditional/references.ts';
import { costFailure, Failure } from '../http/errors.ts';
import type { Answer } from '../contract/answer.ts';
import type { Call, Services } from '../contract/interaction.ts';

/** Entries at a time: enough to share commits, few enough to leave room for other clients. */
const concurrency = 32;

/**
 * Every entry as a request by itself, with its own outcome. They depend on each other in nothing, so those of one kind run at
 * the same time; the kinds go in the order of a transaction. They share the budget of the request: once it or its time is
 * spent, the entries that have not begun are refused. https://hl7.org/fhir/R5/http.html#brules
 */
export async function batch(services: Services, call: Call, sent: readonly Sent[]): Promise<Answer> {
  const entries = sent.map(({ entry }) => entry);
  const parts = new Array<ShownEntry>(entries.length);
  const refuse = (sent: Sent, error: unknown): void => {
    const known = error instanceof BudgetSpent ? costFailure(error) : error;
    const failed = known instanceof Failure ? inEntry(known, sent.entry) : known;
    parts[sent.entry.index] = failedEntry(services, call, sent, failed);
  };

  const duplicates = duplicateFullUrls(entries);
  const fullUrls = new Set(entries.flatMap(({ fullUrl }) => (fullUrl === undefined ? [] : canonical(fullUrl))));
  const plans: Plan[] = [];
  const pause = createPauses();
  for (const each of sent) {
    await pause();
    try {
      call.budget.requireLeft(shownEntry(each.entry.index));
      plans.push(await withReferences(services, planEntry(services, call, each), fullUrls));
    } catch (error) {
      refuse(each, error);
    }
  }
  const refused = new Map([...overlaps(addressesOf(plans)), ...duplicates]);
  for (const [index, error] of refused) parts[index] = failedEntry(services, call, sent[index]!, error);

  const ready = plans.filter(({ entry }) => !refused.has(entry.index));
  for (let phase = 0; phase <= 3; phase += 1) {
    const now = ready.filter((plan) => phaseOf(plan) === phase);
    await inParallel(now, concurrency, async (plan) => {
      try {
        call.budget.requireLeft(shownEntry(plan.entry.index));
        parts[plan.entry.index] = answeredEntry(services, plan, await plan.port.run(services, plan.call));
      } catch (error) {
        refuse(plan, error);
      }
    });
  }
  return responseBundle('batch-response', parts);
}

/** The plan with its conditional references replaced. Fails for references that only a transaction can resolve. */
async function withReferences(services: Services, plan: Plan, fullUrls: ReadonlySet<string>): Promise<Plan> {
  const { call, entry } = plan;
  if (typeof call.body !== 'string') return plan;
  const asked = await askedReferences(services, call, [call.body]);
  const found = await foundReferences(services, asked, call.budget);
  return {
    ...plan,
    call: { ...call, body: relinkedAlone(entry, call.body, { fullUrls, found, baseUrl: services.baseUrl }) },
  };
}
