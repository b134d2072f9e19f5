import type { EntryOfJob } from '../contract/jobs.ts';
import { readEntries, type Entry } from './entry.ts';
import { receiveSourceInParts } from '../http/body.ts';
import { fail } from '../http/errors.ts';
import { batch } from './batch.ts';
import { headerOf, type Call, type Interaction } from '../contract/interaction.ts';
import { isSentAsJson } from '../validation/require-conformance.ts';
import { sentBy } from './plan.ts';
import { transaction } from './transaction.ts';

/**
 * Units of an entry beside those of its content: it is a request, with its steps, its part of a statement and its answer. An entry of
 * some bytes that reads or deletes something is charged little else.
 */
const unitsOfEntry = 300;

/** A Bundle at the base URL: a batch or a transaction. https://hl7.org/fhir/R5/http.html#transaction */
export const bundle: Interaction = async (services, call) => {
  const { type, entries } = call.work?.entries === undefined ? await receivedIn(call) : ofJob(call.work.entries);
  const sent = sentBy(services, call, entries);
  try {
    call.budget.spend(unitsOfEntry * entries.length, 'the entries of the Bundle');
    return await (type === 'batch' ? batch : transaction)(services, call, sent);
  } catch (error) {
    for (const { port } of sent) port.recordRefused(error);
    throw error;
  }
};

interface Received {
  readonly type: 'batch' | 'transaction';
  readonly entries: readonly Entry[];
}

function ofJob(made: readonly EntryOfJob[]): Received {
  const entries = made.map((each, index) => ({ index, bundle: undefined, fullUrl: undefined, ...each }));
  return { type: 'transaction', entries };
}

async function receivedIn(call: Call): Promise<Received> {
  const source = await receiveSourceInParts(call.body, 'Bundle');
  const span = source.members.get('type');
  const type: unknown = span === undefined ? undefined : JSON.parse(source.text.slice(span.start, span.end));
  if (type !== 'batch' && type !== 'transaction') {
    const given = type === undefined ? 'absent' : JSON.stringify(type).slice(0, 100);
    const diagnostics = `Bundle.type is ${given}; the base URL takes batch and transaction.`;
    fail('bundle-type-unsupported', {}, { diagnostics, expression: 'Bundle.type' });
  }
  if (type === 'batch' && headerOf(call, 'x-provenance') !== undefined) {
    const diagnostics =
      'X-Provenance: the entries of a batch are apart. Send a transaction, or a Provenance as an entry.';
    fail('provenance-header-invalid', {}, { diagnostics });
  }
  return { type, entries: await readEntries(source, isSentAsJson(call)) };
}
