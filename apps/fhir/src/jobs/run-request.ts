/** Carries out a request that was deferred: by the pipeline, as any other, and by the rights that its token has at this time. */
import { BudgetSpent, type Budget } from '@dhp/budget';
import type { Access } from '../contract/access.ts';
import type { Answer } from '../contract/answer.ts';
import type { CostLimits } from '../contract/costs.ts';
import type { Bearer, Exchange, Received } from '../contract/exchange.ts';
import type { Services } from '../contract/interaction.ts';
import type { Work } from '../contract/jobs.ts';
import type { FhirRequest } from '../contract/request.ts';
import { requestBudget } from '../http/cost.ts';
import { statusOf } from '../http/errors.ts';
import { fhirJson } from '../http/respond.ts';
import { labelsOf } from '../search/high-water-mark.ts';
import { requestAgain, type KeptRequest } from './deferred.ts';
import { readRights } from '../access/rights.ts';
import type { Running } from './holding.ts';
import type { Result } from './worker.ts';

/** The outcome of a request, beside the parts of its body. */
export interface RequestOutcome {
  readonly status: number;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** The body is an OperationOutcome that says why it was refused. */
  readonly isRefused: boolean;
  /** Confidentiality labels of the body. */
  readonly labels: readonly string[];
  /** Number of the first part of the body, and how many there are. */
  readonly first: number;
  readonly parts: number;
}

export interface RunMeans {
  readonly services: Pick<
    Services,
    'pipeline' | 'failed' | 'clock' | 'timeZone' | 'exports' | 'imports' | 'deletions' | 'keepsReferences' | 'unguarded'
  >;
  readonly costs: CostLimits;
  /** Bodies and held answers of all requests of this process. */
  readonly whole: Budget | undefined;
  /** Rejects with a Failure where the token has ended, or was revoked. */
  readonly bearerOf: (access: Access) => Promise<Bearer>;
  /** Waits while nobody knows whether these rights stand. Rejects with a Failure where they do no more. */
  readonly goesOn: (access: Access, signal: AbortSignal) => Promise<void>;
}

const allowance = 10;

/** Bytes of one part of a result, and of a whole one. */
const partSize = 512 * 1024;
const mostBytes = 1024 ** 3;

/** How a job carries out its request. */
export interface Carrying {
  /** How much more than a request that somebody waits for it may cost, but for the memory that it holds. */
  readonly allowance: number;
  /** The rights, where they are not those of its input as they stand. */
  readonly access?: Access;
  /** Set if the interaction stores its result by itself. */
  readonly work?: Work;
  /** Stores the answer. */
  readonly ended: (answer: Answer) => Promise<{ readonly result: Result; readonly bytes: number }>;
  /** Whether a failure of the server is the outcome all the same. */
  readonly isFinal?: (error: unknown) => boolean;
}

/** Runs a request and stores its answer. */
export function runRequest(means: RunMeans, running: Running): Promise<Result> {
  return carriedOut(means, running, {
    allowance,
    async ended(answer) {
      const first = running.parts;
      const bytes = await store(answer, running);
      return { bytes, result: { first, outcome: answered(answer, first, running.parts - first) } };
    },
  });
}

/** A failure of the server is tried again: nothing of it was answered. A refusal of the request is its outcome. */
export async function carriedOut(means: RunMeans, running: Running, how: Carrying): Promise<Result> {
  const { job, signal } = running;
  const kept = job.input as KeptRequest;
  const request = requestAgain(kept);
  const budget = budgetOf(means, job.body, how.allowance);
  const stop = (): void => {
    budget.stop();
  };
  signal.addEventListener('abort', stop);
  // Of one that was aborted before nothing is heard.
  if (signal.aborted) stop();
  const began = means.services.clock().getTime();
  const asked: { exchange?: Exchange } = {};
  const tell = (status: number, bytes: number, refusal?: unknown): void => {
    const milliseconds = means.services.clock().getTime() - began;
    means.services.pipeline.after(request, asked.exchange, { time: began, status, bytes, milliseconds }, refusal);
  };
  try {
    const bearer = async (): Promise<Bearer> => {
      const access = how.access ?? readRights(kept.rights);
      const made = await means.bearerOf(access);
      await means.goesOn(access, signal);
      return made;
    };
    const received = { body: job.body ?? undefined, budget, ...(how.work !== undefined && { work: how.work }) };
    const answer = await ask(means, request, { bearer, received, asked });
    const { result, bytes } = await how.ended(answer);
    tell(answer.status, bytes);
    return result;
  } catch (error) {
    if (signal.aborted) throw error;
    const status = statusOf(error);
    tell(status, 0, error);
    if (status >= 500 && how.isFinal?.(error) !== true) throw error;
    return await refused(means, running, error);
  } finally {
    signal.removeEventListener('abort', stop);
    budget.end();
  }
}

/** The outcome of a job that cannot be done, or is refused. */
export async function refused(
  { services }: Pick<RunMeans, 'services'>,
  running: Running,
  error: unknown,
): Promise<Result> {
  const { headers } = running.job.input as KeptRequest;
  const { status, body } = services.failed(error, { headers });
  const first = running.parts;
  await running.put(Buffer.from(body));
  const outcome: RequestOutcome = { status, isRefused: true, labels: [], first, parts: 1 };
  return { first, outcome };
}

function budgetOf({ costs, whole }: RunMeans, body: Buffer | null, times: number): Budget {
  const { work, rows, milliseconds } = costs;
  const more = { work: times * work, rows: times * rows, milliseconds: times * milliseconds };
  const budget = requestBudget({ ...costs, ...more }, body, whole);
  budget.hold(body?.length ?? 0, 'the body');
  return budget;
}

interface Asking {
  readonly bearer: () => Promise<Bearer>;
  readonly received: Received;
  /** Gets the exchange, for its record. */
  readonly asked: { exchange?: Exchange };
}

/** Takes the request through all steps. Rejects with the failure of the request. */
export function ask(
  { services }: RunMeans,
  request: FhirRequest,
  { bearer, received, asked }: Asking,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    services.pipeline.handle(request, {
      authenticate: bearer,
      receive: (_, go) => void go(received),
      answer: (exchange, answer) => {
        asked.exchange = exchange;
        resolve(answer);
      },
      refuse: (exchange, error) => {
        asked.exchange = exchange;
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    });
  });
}

/** Stores the body of an answer in parts. @returns its bytes @throws BudgetSpent for one that is too large */
async function store({ headers, body, stream }: Answer, running: Running): Promise<number> {
  let waiting: Buffer[] = [];
  let [held, bytes] = [0, 0];
  const flush = async (): Promise<void> => {
    if (held > 0) await running.put(Buffer.concat(waiting));
    [waiting, held] = [[], 0];
  };
  const given = stream ?? piecesOf(body);
  const type = headers['content-type'];
  for await (const part of type === undefined || type === fhirJson ? given : binaryOf(type, given)) {
    bytes += part.length;
    if (bytes > mostBytes) throw new BudgetSpent('bytes', mostBytes, 'the answer of a job', 'request');
    running.signal.throwIfAborted();
    waiting.push(part);
    held += part.length;
    if (held >= partSize) await flush();
  }
  await flush();
  return bytes;
}

/** Content of another type is in a Bundle as a Binary. */
async function* binaryOf(type: string, parts: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from(`{"resourceType":"Binary","contentType":${JSON.stringify(type)},"data":"`);
  // Three bytes are four characters: remaining bytes go with the next part.
  let rest: Buffer = Buffer.alloc(0);
  for await (const part of parts) {
    const all = Buffer.concat([rest, part]);
    const whole = all.length - (all.length % 3);
    yield Buffer.from(all.toString('base64', 0, whole));
    rest = all.subarray(whole);
  }
  yield Buffer.from(`${rest.toString('base64')}"}`);
}

function* piecesOf(body: Buffer | string | undefined): Generator<Buffer> {
  const whole = typeof body === 'string' ? Buffer.from(body) : body;
  for (let at = 0; whole !== undefined && at < whole.length; at += partSize) yield whole.subarray(at, at + partSize);
}

function answered({ status, headers, version, confidentiality }: Answer, first: number, parts: number): RequestOutcome {
  const own = version === undefined ? [] : labelsOf([version]);
  return {
    ...{ status, isRefused: false, etag: headers['etag'], lastModified: version?.lastUpdated.toISOString() },
    labels: [...own, ...(confidentiality === undefined ? [] : [confidentiality])],
    ...{ first, parts },
  };
}
