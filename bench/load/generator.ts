/**
 * The load generator as a separate process: receives a job over IPC, reports when its window opens and closes, and answers with its
 * results.
 */
import { open, type Connection, type Response } from './connection.ts';
import { workloadOf, type Job, type Target, type Workload } from './workloads.ts';

export interface Seen {
  /** Right answers within the window. */
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly errors: number;
  /** The first wrong answer, for diagnosis. */
  readonly firstError: string | undefined;
  /** The versions after the updates. */
  readonly targets: Target[] | undefined;
  /** Seconds of CPU that the load itself took within the window. */
  readonly ownCpu: number;
}

export type Message =
  | { readonly event: 'open' }
  | { readonly event: 'closed' }
  | { readonly event: 'seen'; readonly seen: Seen }
  | { readonly event: 'failed'; readonly reason: string };

/** Sent through the parent's IPC; absent if this file is run by hand. */
const tell = (message: Message): void => void process.send?.(message);

/** Resolved by the parent's `go`. */
let toldToGo = Promise.withResolvers<undefined>();

process.on('message', (job: Job | 'go') => {
  if (job === 'go') {
    toldToGo.resolve(undefined);
    return;
  }
  const work = job.requests === undefined ? run(job) : runCounted(job, job.requests);
  work.catch((error: unknown) => tell({ event: 'failed', reason: String(error) }));
});

async function run(job: Job): Promise<void> {
  const workload = workloadOf(job);
  const { host, port, connections: count, rate } = job;
  const connections = await Promise.all(Array.from({ length: count }, () => open(host, port, workload.readsBodies)));
  const tally = new Tally();
  const began = performance.now();
  const loops = connections.map((connection, index) => {
    const pace =
      rate === undefined ? undefined : { interval: (1000 * count) / rate, first: began + (1000 * index) / rate };
    return loop(connection, index, workload, tally, pace);
  });
  await sleep(job.warmUp);
  const cpu = process.cpuUsage();
  tally.open();
  tell({ event: 'open' });
  // Requests that can be sent only once may run out before the end; the cost per request is known by then.
  await Promise.race([sleep(job.duration), Promise.all(loops)]);
  tally.close();
  tell({ event: 'closed' });
  const { user, system } = process.cpuUsage(cpu);
  await Promise.all(loops);
  for (const connection of connections) connection.close();
  const targets = job.kind === 'update' ? job.targets : undefined;
  tell({ event: 'seen', seen: { ...tally.result(), targets, ownCpu: (user + system) / 1e6 } });
}

/** Sends this many requests over connections that are opened before the first. */
async function runCounted(job: Job, requests: number): Promise<void> {
  const workload = workloadOf(job);
  let left = requests;
  const counted = { ...workload, next: (at: number) => (left-- > 0 ? workload.next(at) : undefined) };
  const connections = await Promise.all(
    Array.from({ length: job.connections }, () => open(job.host, job.port, workload.readsBodies)),
  );
  const tally = new Tally();
  toldToGo = Promise.withResolvers<undefined>();
  tell({ event: 'open' });
  await toldToGo.promise;
  const cpu = process.cpuUsage();
  tally.open();
  await Promise.all(connections.map((connection, index) => loop(connection, index, counted, tally)));
  tally.close();
  tell({ event: 'closed' });
  const { user, system } = process.cpuUsage(cpu);
  for (const connection of connections) connection.close();
  const targets = job.kind === 'update' ? job.targets : undefined;
  tell({ event: 'seen', seen: { ...tally.result(), targets, ownCpu: (user + system) / 1e6 } });
}

/** Milliseconds: when a connection sends first, and the time from one request to the next. */
interface Pace {
  readonly first: number;
  readonly interval: number;
}

/**
 * Sends requests in sequence until the window closes. With a pace each request has its scheduled time, and waiting for the previous answer
 * counts as part of its duration, so a slow answer is not hidden by sending fewer requests.
 */
function loop(connection: Connection, index: number, workload: Workload, tally: Tally, pace?: Pace): Promise<void> {
  return new Promise((resolve) => {
    let started = 0;
    let due = pace?.first ?? 0;
    const send = (): void => {
      const request = workload.next(index);
      if (request === undefined) {
        resolve();
        return;
      }
      started = pace === undefined ? performance.now() : due;
      due += pace?.interval ?? 0;
      connection.send(request, received);
    };
    const sendInTime = (): void => {
      const wait = due - performance.now();
      if (wait <= 0) send();
      else setTimeout(send, wait);
    };
    const received = (response: Response | Error): void => {
      const isRight = !(response instanceof Error) && workload.isRight(index, response);
      if (isRight) tally.right(performance.now() - started);
      else tally.wrong(response);
      if (tally.isClosed || response instanceof Error) resolve();
      else sendInTime();
    };
    sendInTime();
  });
}

class Tally {
  isClosed = false;
  #isOpen = false;
  #openedAt = 0;
  #seconds = 0;
  #latencies = new Float32Array(1 << 16);
  #count = 0;
  #errors = 0;
  #firstError: string | undefined;

  open(): void {
    this.#isOpen = true;
    this.#openedAt = performance.now();
  }

  close(): void {
    this.#isOpen = false;
    this.isClosed = true;
    this.#seconds = (performance.now() - this.#openedAt) / 1000;
  }

  right(latency: number): void {
    if (!this.#isOpen) return;
    if (this.#count === this.#latencies.length) {
      const larger = new Float32Array(this.#latencies.length * 2);
      larger.set(this.#latencies);
      this.#latencies = larger;
    }
    this.#latencies[this.#count++] = latency;
  }

  /** Errors count at any time, including the warm-up. */
  wrong(response: Response | Error): void {
    this.#errors += 1;
    this.#firstError ??=
      response instanceof Error ? response.message : `${response.head.slice(0, 300)} ${response.body.slice(0, 500)}`;
  }

  result(): Omit<Seen, 'targets' | 'ownCpu'> {
    const sorted = this.#latencies.subarray(0, this.#count).sort();
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      requests: this.#count,
      seconds: this.#seconds,
      p50: at(0.5),
      p99: at(0.99),
      errors: this.#errors,
      firstError: this.#firstError,
    };
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
