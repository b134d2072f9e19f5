/** The load, as a process of its own: takes a job over IPC, says when its window opens and closes, answers with what it saw. */
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
  /** The first wrong answer, for the person who must find out. */
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

/** Sent by the parent's IPC; absent when somebody runs this file by hand. */
const tell = (message: Message): void => void process.send?.(message);

process.on('message', (job: Job) => {
  run(job).catch((error: unknown) => tell({ event: 'failed', reason: String(error) }));
});

async function run(job: Job): Promise<void> {
  const workload = workloadOf(job);
  const connections = await Promise.all(Array.from({ length: job.connections }, () => open(job.host, job.port)));
  const tally = new Tally();
  const loops = connections.map((connection, index) => loop(connection, index, workload, tally));
  await sleep(job.warmUp);
  const cpu = process.cpuUsage();
  tally.open();
  tell({ event: 'open' });
  await sleep(job.duration);
  tally.close();
  tell({ event: 'closed' });
  const { user, system } = process.cpuUsage(cpu);
  await Promise.all(loops);
  for (const connection of connections) connection.close();
  const targets = job.kind === 'update' ? job.targets : undefined;
  tell({ event: 'seen', seen: { ...tally.result(), targets, ownCpu: (user + system) / 1e6 } });
}

/** One request after the other until the window is closed. */
function loop(connection: Connection, index: number, workload: Workload, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    let started = 0;
    const send = (): void => {
      started = performance.now();
      connection.send(workload.next(index), received);
    };
    const received = (response: Response | Error): void => {
      const isRight = !(response instanceof Error) && workload.isRight(index, response);
      if (isRight) tally.right(performance.now() - started);
      else tally.wrong(response);
      if (tally.isClosed || response instanceof Error) resolve();
      else send();
    };
    send();
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

  /** Errors count whenever they come, in the warm-up too. */
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
