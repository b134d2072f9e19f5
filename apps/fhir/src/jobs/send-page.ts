/** A part of the writes of a job, as one transaction of its client by the pipeline, so that the job has no more rights than the client. */
import type { Beside } from '@dhp/fhir-store/jobs';
import type { Access } from '../contract/access.ts';
import type { EntryOfJob } from '../contract/jobs.ts';
import type { Exchange } from '../contract/exchange.ts';
import type { FhirRequest } from '../contract/request.ts';
import { requestBudget } from '../http/cost.ts';
import { Failure, statusOf } from '../http/errors.ts';
import type { KeptRequest } from './deferred.ts';
import type { Running } from './holding.ts';
import { ask, type RunMeans } from './run-request.ts';

/** A job that writes page by page. */
export interface Paging {
  readonly means: RunMeans;
  readonly running: Running;
  readonly kept: KeptRequest;
  readonly access: Access;
}

/**
 * Sends a transaction. @param beside is stored together with it
 * @throws Failure of the transaction
 */
export async function sendPage(
  { means, running, kept, access }: Paging,
  entries: readonly EntryOfJob[],
  beside: Beside,
): Promise<void> {
  const { services, costs, whole } = means;
  const length = entries.reduce(
    (sum, { resource = '', request }) => sum + Buffer.byteLength(resource) + request.length,
    0,
  );
  const { address, headers } = kept;
  const request: FhirRequest = {
    ...{ method: 'POST', path: '', segments: [], values: [], query: undefined },
    headers: {
      ...headers,
      accept: 'application/fhir+json',
      'content-type': 'application/fhir+json',
      prefer: 'return=minimal',
    },
    ...(address !== undefined && { address }),
  };
  const budget = requestBudget(costs, length, whole);
  const stop = (): void => {
    budget.stop();
  };
  running.signal.addEventListener('abort', stop);
  running.signal.throwIfAborted();
  const asked: { exchange?: Exchange } = {};
  const began = services.clock().getTime();
  const tell = (status: number, refusal?: unknown): void => {
    const milliseconds = services.clock().getTime() - began;
    services.pipeline.after(request, asked.exchange, { time: began, status, bytes: 0, milliseconds }, refusal);
  };
  const work = {
    ...{ attempt: running.attempt, signal: running.signal },
    made: (bytes: number) => running.made(bytes),
    reached: (share: number) => running.reached(share),
    beside,
    entries,
  };
  try {
    budget.hold(length, 'the entries');
    const { status } = await ask(means, request, {
      bearer: () => means.bearerOf(access),
      received: { body: undefined, budget, work },
      asked,
    });
    tell(status);
  } catch (error) {
    tell(statusOf(error), error);
    throw error;
  } finally {
    running.signal.removeEventListener('abort', stop);
    budget.end();
  }
}

/**
 * The failures of the entries of a page, by their places; undefined if it is not known whose they are.
 * @param count of the entries @throws the error, where something is wrong with the server, or with all
 */
export function failuresIn(
  { signal }: Running,
  error: unknown,
  count: number,
): [number, readonly [Failure, ...Failure[]]][] | undefined {
  if (signal.aborted || !(error instanceof Failure)) throw error;
  const isOfTime = error.code === 'time-limit-exceeded';
  const status = statusOf(error);
  if (status === 401 || (status >= 500 && !(isOfTime && count > 1))) throw error;
  const found = new Map<number, [Failure, ...Failure[]]>();
  for (const each of [error, ...(error.detail.others ?? [])]) {
    const index = Number(/^Bundle\.entry\[(\d+)\]/.exec(each.detail.expression ?? '')?.[1] ?? -1);
    if (index < 0) continue;
    const before = found.get(index);
    if (before === undefined) found.set(index, [each]);
    else before.push(each);
  }
  if (found.size > 0) return [...found];
  return count > 1 ? undefined : [[0, [error]]];
}

/** As the entry by itself would be refused: it knows of no Bundle. @param text of its resource */
export function asOne(failures: readonly [Failure, ...Failure[]], text: string): Failure {
  const [first, ...others] = failures.map((each) => {
    const { diagnostics, expression, findings, refusedBy } = each.detail;
    const issues = findings?.issues.map(({ within: _, ...issue }) => ({
      ...issue,
      expression: outside(issue.expression) ?? '',
    }));
    return new Failure(each.code, each.values, {
      diagnostics: diagnostics.replace(/^Bundle\.entry\[\d+\](?: \([^)]*\))?: /, ''),
      expression: outside(expression),
      ...(refusedBy === undefined ? {} : { refusedBy }),
      ...(issues === undefined ? {} : { findings: { issues, text } }),
    });
  });
  return others.length === 0 ? first! : new Failure(first!.code, first!.values, { ...first!.detail, others });
}

function outside(expression: string | undefined): string | undefined {
  return expression?.replace(/^Bundle\.entry\[\d+\](?:\.resource)?(?:\.ofType\((\w+)\)|\.)?/, '$1') || undefined;
}
