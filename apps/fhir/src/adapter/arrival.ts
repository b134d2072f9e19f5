/** One request over HTTP on its way through the pipeline, by whichever adapter it comes. */
import type { Budget } from '@dhp/budget';
import { networkOf } from '@dhp/rate-limit';
import type { Caller } from '../access/caller.ts';
import { anonymousClient, isOpen, isPublished } from '../access/open-terminology.ts';
import type { HttpReply, HttpRequest } from '../contract/http.ts';
import type { FhirRequest } from '../contract/request.ts';
import type { Query } from '../contract/query.ts';
import { admitBody, type Admission, type Room } from '../http/admission.ts';
import { serverBusy, type BusyGates } from '../http/busy.ts';
import type { Authenticator } from '../http/authenticate.ts';
import { requestBudget } from '../http/cost.ts';
import type { CostLimits } from '../contract/costs.ts';
import { deliver } from '../http/deliver.ts';
import type { ProvenRequest } from '../http/dpop-proof.ts';
import { fail, failure, type Failure } from '../http/errors.ts';
import { requireAscii, requireReadable } from '../http/query.ts';
import type { Limits } from '../http/limits.ts';
import type { Answer } from '../contract/answer.ts';
import type { Exchange, Port, Received } from '../contract/exchange.ts';
import type { Pipeline } from '../contract/pipeline.ts';
import { partsOf } from '../pipeline/matcher.ts';
import { hasBody, requireBodyKind } from '../pipeline/receive.ts';

/** A request with its way through the pipeline; undefined for requests that do not reach it, such as OPTIONS. */
export type ArrivingRequest = HttpRequest & { arrival: Arrival | undefined };

export type Done = (error?: Error) => void;

export interface ServeSettings {
  readonly pipeline: Pipeline;
  readonly authenticator: Authenticator<Caller>;
  /** Callers without a token: of open terminology and of published files; undefined if these need a token. */
  readonly anonymous: { readonly open: Caller | undefined; readonly published: Caller | undefined };
  readonly limits: Limits;
  readonly gates: BusyGates;
  readonly costs: CostLimits;
  readonly admission: Admission;
  readonly bodyLimit: number;
  readonly baseUrl: string;
}

/** The path below the base URL, without the query. */
export function pathOf(request: HttpRequest, basePath: string): string {
  const end = request.url.indexOf('?');
  return request.url.slice(basePath.length, end < 0 ? undefined : end);
}

/** Gives a request to the pipeline. `done` is for reading its body, or has the failure. */
export function arrive(
  { request, reply }: { request: ArrivingRequest; reply: HttpReply },
  path: string,
  settings: ServeSettings,
  done: Done,
): void {
  const arrival = new Arrival(request, reply, settings, done);
  request.arrival = arrival;
  arrival.exchange = settings.pipeline.handle(requestOf(request, path, settings.pipeline.keepsTrail), arrival);
}

/** Fails with `url-malformed` for every caller: an unreadable URL is not a request. */
function requestOf(request: ArrivingRequest, path: string, withAddress: boolean): FhirRequest {
  const { method, url, headers } = request;
  const { segments, values } = partsOf(path);
  const mark = url.indexOf('?');
  if (mark >= 0) requireReadable(url.slice(mark + 1), 'the query');
  const criteria = headers['if-none-exist'];
  if (criteria !== undefined) requireAscii([criteria].flat().join(), 'If-None-Exist');
  const query = mark < 0 ? undefined : (request.query as Query);
  const asked = { method, path, segments, values, query, headers };
  return withAddress ? { ...asked, address: request.ip } : asked;
}

/** A request on its way. */
export class Arrival implements Port {
  exchange: Exchange | undefined;
  /** The room of its body; undefined without a body. */
  room: Room | undefined;
  /** The cost limits of the request; undefined until its body is read. */
  budget: Budget | undefined;
  /** Units of work that reading its body as XML has taken. */
  bodyWork = 0;
  hasBody = false;
  /** The error that it was answered with, for its record. */
  refusal: unknown;
  readonly #request: ArrivingRequest;
  readonly #reply: HttpReply;
  readonly #settings: ServeSettings;
  readonly #done: Done;
  #go: ((received: Received) => Promise<void> | void) | undefined;
  /** Under which its requests are counted; undefined if nobody is known. */
  #name: string | undefined;
  /** Lets it out of the gate, or from before it. */
  #leave: (() => void) | undefined;

  constructor(request: ArrivingRequest, reply: HttpReply, settings: ServeSettings, done: Done) {
    this.#request = request;
    this.#reply = reply;
    this.#settings = settings;
    this.#done = done;
  }

  authenticate(target: Exchange['target']): Caller | Promise<Caller> {
    const { headers } = this.#request;
    const misplaced = tokenInUrl(this.#request);
    if (misplaced !== undefined) throw misplaced;
    const { authenticator, baseUrl, anonymous } = this.#settings;
    const isKnown = headers.authorization !== undefined || target === undefined;
    const nobody = isKnown
      ? undefined
      : isPublished(target)
        ? anonymous.published
        : isOpen(target)
          ? anonymous.open
          : undefined;
    if (nobody !== undefined) {
      requireSmallBody(this.#request);
      return this.#counted(target, nobody, `${anonymousClient} ${networkOf(this.#request.ip)}`);
    }
    const known = authenticator.known(headers.authorization);
    if (known !== undefined) return this.#counted(target, known);
    const proven = provenRequest(this.#request, this.#reply, baseUrl);
    return authenticator.verify(headers.authorization, proven).then((caller) => this.#counted(target, caller));
  }

  /**
   * @param name under which its requests are counted: callers without a token by their addresses, so that one of them cannot use up the
   * share of all
   */
  #counted(target: Exchange['target'], caller: Caller, name = caller.access.clientId): Caller {
    const { limits, gates } = this.#settings;
    const refused = limits.admitClient(name, this.#request, this.#reply);
    if (refused !== undefined) throw refused;
    // Before its body is read, where it is known by now that it will not be let in.
    if (gates.of(target?.route)?.isFullFor(name) === true) throw serverBusy();
    this.#name = name;
    return caller;
  }

  receive(exchange: Exchange, go: (received: Received) => Promise<void> | void): void {
    this.exchange = exchange;
    if (exchange.target !== undefined) requireBodyKind(exchange.target, exchange.request.headers);
    this.#go = go;
    const { admission, bodyLimit } = this.#settings;
    this.hasBody = exchange.target !== undefined && hasBody(exchange.target.route.method);
    try {
      // Runs behind the admission of the caller: a request without a token takes no room, except for open types, and then little.
      if (this.hasBody) {
        this.room = admission.open(this.#request, this.#reply);
        admitBody(this.room, this.#request, bodyLimit);
      }
    } catch (error) {
      this.#done(error as Error);
      return;
    }
    this.#done();
  }

  /** The body was read. Only now it takes a place: a slow sender must not hold one. */
  resume(reply: HttpReply): void {
    const gate = this.#name === undefined ? undefined : this.#settings.gates.of(this.exchange?.target?.route);
    if (gate === undefined) {
      this.#begin(reply);
      return;
    }
    const giveUp = gate.enter(
      this.#name!,
      (leave) => {
        this.#leave = leave;
        // It may be another one's end that lets it begin, which must not hear of its failure.
        try {
          this.#begin(reply);
        } catch (error) {
          leave();
          reply.send(error as Error);
        }
      },
      () => reply.send(serverBusy()),
    );
    if (giveUp !== undefined) reply.raw.once('close', giveUp);
  }

  #begin(reply: HttpReply): void {
    const { costs, admission } = this.#settings;
    const { body } = this.#request;
    const budget = requestBudget(costs, body, admission.whole);
    const room = this.room ?? admission.open(this.#request, reply);
    this.budget = budget;
    room.give(budget);
    // The bytes are looked at once for their syntax, depth and repeated keys, and parsed.
    const length = Buffer.isBuffer(body) ? body.length : 0;
    budget.spend(this.bodyWork + length / 16, 'reading the body');
    const work = this.#go!({ body, budget });
    if (work !== undefined) room.keep(work);
  }

  tell(headers: Readonly<Record<string, string>>): void {
    this.#reply.headers(headers);
  }

  answer(_: Exchange, answer: Answer): void {
    this.#leave?.();
    deliver(this.#request, this.#reply, answer);
  }

  refuse(exchange: Exchange, error: unknown): void {
    this.#leave?.();
    // It may be refused at once, before the pipeline has returned it.
    this.exchange = exchange;
    const known = error instanceof Error ? error : new Error(String(error));
    if (this.#go === undefined) this.#done(known);
    else void this.#reply.send(known);
  }
}

/** The request as its sender sees it: by the public URL. */
function provenRequest(request: ArrivingRequest, reply: HttpReply, baseUrl: string): ProvenRequest {
  const { origin } = new URL(baseUrl);
  const proof = request.headers['dpop'];
  return {
    method: request.method,
    url: origin + request.url,
    proof: typeof proof === 'string' ? proof : undefined,
    offerNonce: (nonce) => reply.header('DPoP-Nonce', nonce),
  };
}

/** Bytes of a body of a caller without a token: room is for those who are known. */
const anonymousBody = 4 * 1024 ** 2;

/** Fails with `body-too-large`, also for a body of which the length is not told before it is read. */
function requireSmallBody({ method, headers }: ArrivingRequest): void {
  if (!hasBody(method)) return;
  const length = headers['content-length'];
  const isPlain = length !== undefined && headers['content-encoding'] === undefined;
  if (isPlain && Number(length) <= anonymousBody) return;
  const diagnostics = 'Without a token a body has 4 MiB at most; its Content-Length is told, and it is not compressed.';
  fail('body-too-large', { limit: anonymousBody }, { diagnostics });
}

function tokenInUrl(request: ArrivingRequest): Failure | undefined {
  if (!request.url.includes('access_token=')) return undefined;
  if (!('access_token' in (request.query as object))) return undefined;
  return failure('token-in-url', {}, { diagnostics: 'The query parameter access_token is not accepted.' });
}
