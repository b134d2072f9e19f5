import type { Client, FuzzReply, FuzzRequest } from './client.ts';
import type { Example } from './examples.ts';
import { fuzzRequest } from './requests.ts';

export interface Fault {
  /** Together with the seed it reproduces the request. */
  readonly number: number;
  readonly request: FuzzRequest;
  /** The fault of the answer. */
  readonly reason: string;
}

export interface FuzzResult {
  readonly statuses: ReadonlyMap<number, number>;
  readonly faults: readonly Fault[];
}

export interface FuzzOptions {
  readonly client: Client;
  readonly examples: readonly Example[];
  readonly seed: number;
  /** The numbers of the requests: from `from`, `count` of them. */
  readonly from: number;
  readonly count: number;
  /** Requests at a time. */
  readonly parallel: number;
  /** Called at once for each fault. */
  readonly onFault?: (fault: Fault) => void;
  /** Called after each answer, with the number of answers and faults so far. */
  readonly onProgress?: (done: number, faults: number) => void;
}

/** Sends the requests and judges the answers. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { client, examples, seed, from, count, parallel } = options;
  const statuses = new Map<number, number>();
  const faults: Fault[] = [];
  let next = from;
  let done = 0;
  const lane = async (): Promise<void> => {
    while (next < from + count) {
      const number = next;
      next += 1;
      const request = fuzzRequest(seed, number, examples);
      const reason = await client.send(request).then(
        (reply) => {
          statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
          return wrongWith(request, reply);
        },
        (error: unknown) => `no answer: ${error instanceof Error ? error.message : String(error)}`,
      );
      if (reason !== undefined) {
        const fault = { number, request, reason };
        faults.push(fault);
        options.onFault?.(fault);
      }
      done += 1;
      options.onProgress?.(done, faults.length);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return { statuses, faults: faults.sort((a, b) => a.number - b.number) };
}

/** Returns a description of the fault; undefined if the answer is correct. */
function wrongWith({ method }: FuzzRequest, { status, headers, text }: FuzzReply): string | undefined {
  if (status >= 500) return `status ${status}: ${text.slice(0, 500)}`;
  // The form in a response; a resource may have any text in an element with this name.
  const failed = /.{0,200}"response":\{"status":"5\d\d .{0,300}/s.exec(text);
  if (failed !== null) return `an entry has a 5xx: ${failed[0]}`;
  if (headers['x-request-id'] === undefined) return `status ${status} without X-Request-Id`;
  if (status < 400 || method === 'HEAD' || headers['content-encoding'] !== undefined) return undefined;
  const isOutcome = text.includes('OperationOutcome') && text.includes('diagnostics');
  return isOutcome ? undefined : `status ${status} without an OperationOutcome: ${text.slice(0, 300)}`;
}

/** Returns a description of a fault with the command that repeats only this request. */
export function reproduction(seed: number, { number, request, reason }: Fault): string {
  const { method, path, headers, body } = request;
  const lines = [`request ${number} of seed ${seed}: ${reason}`, `  ${method} ${path.slice(0, 2_000)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`  ${name}: ${value}`);
  if (body !== undefined) lines.push(`  ${body.toString('latin1').slice(0, 4_000)}`);
  return `${lines.join('\n')}\n  again: npm run fuzz -- --seed ${seed} --from ${number} --requests 1\n`;
}
