/** How the request of an entry gets into the pipeline, and its answer back to the Bundle. */
import type { Access } from '../contract/access.ts';
import type { Answer } from '../contract/answer.ts';
import type { Bearer, Exchange, Port, Received } from '../contract/exchange.ts';
import type { Call, Services } from '../contract/interaction.ts';
import type { Permission } from '../contract/permission.ts';
import type { Refused } from '../contract/refused.ts';
import type { FhirRequest } from '../contract/request.ts';
import { statusOf } from '../http/errors.ts';
import type { Entry } from './entry.ts';

/** An entry on its way. The caller is that of the Bundle. It is admitted at once; it continues when the Bundle says so. */
export class EntryPort implements Port, Bearer {
  readonly access: Access;
  readonly #bundle: Call;
  readonly #entry: Entry;
  #services: Services;
  #exchange: Exchange | undefined;
  #go: ((received: Received) => Promise<void> | void) | undefined;
  #answer: Answer | undefined;
  /** The reason why it was refused. */
  #error: unknown;
  #isRefused = false;
  #isRecorded = false;

  /** @param bundle the call of the whole Bundle */
  constructor(services: Services, bundle: Call, entry: Entry) {
    if (bundle.access === undefined) throw new Error('a Bundle came without access');
    this.access = bundle.access;
    this.#services = services;
    this.#bundle = bundle;
    this.#entry = entry;
  }

  /** Takes a request through the steps before its body is read. Fails as the same request by itself would. */
  admit(request: FhirRequest): Exchange {
    this.#exchange = this.#services.pipeline.handle(request, this);
    if (this.#isRefused) throw this.#error;
    if (this.#go === undefined) throw new Error('the caller of an entry is known');
    return this.#exchange;
  }

  /** Continues to the final answer. @param services of the caller, over the resources to be seen @throws BudgetSpent */
  async run(services: Services, { body, budget, isConverted }: Call): Promise<Answer> {
    this.#services = services;
    this.#isRefused = false;
    await this.#go!({ body, budget, isConverted });
    return this.#settled();
  }

  /** The same for a write whose transaction is stored. */
  stored({ body, budget, isConverted }: Call): Answer {
    this.#isRefused = false;
    void this.#go!({ body, budget, isConverted });
    return this.#settled();
  }

  #settled(): Answer {
    if (this.#isRefused) throw this.#error;
    if (this.#answer === undefined) throw new Error('an entry was not answered');
    return this.#answer;
  }

  authenticate(): Bearer {
    return this;
  }

  services(reading: Permission, _: unknown, refused?: Refused): Services {
    return this.#services.reading(reading, refused);
  }

  receive(_: Exchange, go: (received: Received) => Promise<void> | void): void {
    this.#go = go;
  }

  answer(_: Exchange, answer: Answer): void {
    this.#answer = answer;
  }

  refuse(_: Exchange, error: unknown): void {
    this.#error = error;
    this.#isRefused = true;
  }

  /** Notes a refusal by the Bundle: an error of an entry before it is a request, or in its transaction. */
  refused(error: unknown): void {
    this.#error = error;
    this.#isRefused = true;
  }

  /** Records the entry once it has an outcome; a second time, nothing. */
  record(status: number, bytes: number, refusal = this.#isRefused ? this.#error : undefined): void {
    const { pipeline, clock } = this.#services;
    if (!pipeline.isRecorded || this.#isRecorded) return;
    this.#isRecorded = true;
    const { headers } = this.#bundle;
    const { method, path, query } = this.#exchange?.request ?? {};
    const time = clock().getTime();
    const known = { target: this.#exchange?.target, bearer: this };
    const entry = { index: this.#entry.index };
    const outcome = { time, status, bytes, milliseconds: undefined };
    pipeline.after({ method, headers, entry, url: addressOf(path, query) }, known, outcome, refusal);
  }

  /** Records an entry of a Bundle that was refused as a whole: by its own fault, else by that of the Bundle. */
  recordRefused(error: unknown): void {
    const refusal = this.#isRefused ? this.#error : error;
    if (this.#services.pipeline.isRecorded) this.record(statusOf(refusal), 0, refusal);
  }
}

function addressOf(path: string | undefined, query: FhirRequest['query']): string | undefined {
  if (path === undefined || query === undefined) return path;
  const given = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, String(value)]),
  );
  return `${path}?${new URLSearchParams(given).toString()}`;
}
