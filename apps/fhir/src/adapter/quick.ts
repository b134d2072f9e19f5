/**
 * The second adapter: reads and searches by their address, writes whose body is JSON, and `OPTIONS *` go to the pipeline before the web framework, which would
 * find a route, run hooks and make objects for each. It sends the same bytes as the framework does; a test compares them.
 * docs/decisions/0033-short-ways.md, docs/decisions/0058-short-way-for-writes.md
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { HttpReply } from '../contract/http.ts';
import { queryOf } from '../http/query.ts';
import type { AddressOf } from './address-of.ts';
import type { Arrival, ArrivingRequest } from './arrival.ts';
import type { BusyAnswers } from './busy-answers.ts';
import { wholeServer, type Entrance } from './entrance.ts';
import { isPlainBody, readWhole } from './plain-body.ts';

/** Takes a request that it can answer; false: it is for the framework. */
export type QuickHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface QuickSettings {
  readonly basePath: string;
  /** Bytes of a body that is taken. */
  readonly bodyLimit: number;
  readonly enter: Entrance;
  /** Refuses requests that will not be admitted. */
  readonly refuses: BusyAnswers;
  readonly addressOf: AddressOf;
  readonly sendFailure: (error: Error, request: ArrivingRequest, reply: HttpReply) => void;
  /** From here on connections are ended after an answer. */
  readonly isClosing: () => boolean;
}

/** `Type`, `Type/id` and `Type/id/_history/version`, with or without parameters. The framework decodes addresses with other characters. */
const addresses = /^\/[A-Z][A-Za-z]{1,63}(?:\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?)?(?:\?|$)/;
/**
 * The base URL, for Bundles; `Type` and `Type/id`, and `$validate` of both. The body of a Binary may be its content, which the framework
 * converts.
 */
const addressesOfWrites =
  /^(?:\/?|\/(?!Binary\b)[A-Z][A-Za-z]{1,63}(?:\/[A-Za-z0-9.-]{1,64})?(?:\/\$validate)?)(?:\?|$)/;
const writes: ReadonlySet<string | undefined> = new Set(['POST', 'PUT', 'PATCH']);

export function quickHandler(settings: QuickSettings): QuickHandler {
  const { basePath, enter, refuses, isClosing, bodyLimit } = settings;
  const takes = ({ method, url = '', headers }: IncomingMessage): boolean => {
    // The framework has no route for a target that is not an address.
    if (method === 'OPTIONS' && url === wholeServer) return true;
    if (!url.startsWith(basePath)) return false;
    const address = url.slice(basePath.length);
    if (method === 'GET' || method === 'HEAD') return addresses.test(address);
    return writes.has(method) && isPlainBody(headers, bodyLimit) && addressesOfWrites.test(address);
  };
  return (raw, response) => {
    if (!takes(raw)) return false;
    if (refuses(raw, response)) return true;
    const request = new QuickRequest(raw, settings.addressOf);
    const reply = new QuickReply(request, response, settings.sendFailure);
    if (isClosing()) response.setHeader('Connection', 'close');
    const attempt = (step: () => void): void => {
      try {
        step();
      } catch (error) {
        reply.send(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const resume = (): void => {
      attempt(() => request.arrival!.resume(reply));
    };
    const receive = (): void => {
      readWhole(raw, (error, body) => {
        request.body = body;
        if (error === undefined) resume();
        else reply.header('connection', 'close').send(error);
      });
    };
    attempt(() => {
      enter(request, reply, (error) => {
        if (error !== undefined) reply.send(error);
        else if (request.arrival?.hasBody === true) receive();
        else resume();
      });
    });
    return true;
  };
}

class QuickRequest implements ArrivingRequest {
  readonly raw: IncomingMessage;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  body: Buffer | undefined;
  arrival: Arrival | undefined;
  readonly #addressOf: QuickSettings['addressOf'];
  #query: unknown;

  constructor(raw: IncomingMessage, addressOf: QuickSettings['addressOf']) {
    this.raw = raw;
    this.method = raw.method!;
    this.url = raw.url!;
    this.headers = raw.headers;
    this.#addressOf = addressOf;
  }

  get ip(): string {
    return this.#addressOf(this.raw);
  }

  get query(): unknown {
    const mark = this.url.indexOf('?');
    return (this.#query ??= queryOf(mark < 0 ? '' : this.url.slice(mark + 1)));
  }
}

/** Header fields come in the order in which they are set. */
class QuickReply implements HttpReply {
  readonly raw: ServerResponse;
  readonly #request: QuickRequest;
  readonly #sendFailure: QuickSettings['sendFailure'];
  readonly #fields: Record<string, string> = {};

  constructor(request: QuickRequest, response: ServerResponse, sendFailure: QuickSettings['sendFailure']) {
    this.raw = response;
    this.#request = request;
    this.#sendFailure = sendFailure;
  }

  code(status: number): void {
    this.raw.statusCode = status;
  }

  header(name: string, value: string): this {
    this.#fields[name.toLowerCase()] = value;
    return this;
  }

  headers(fields: Readonly<Record<string, string>>): void {
    for (const name in fields) this.header(name, fields[name]!);
  }

  getHeader(name: string): string | undefined {
    return this.#fields[name.toLowerCase()];
  }

  hasHeader(name: string): boolean {
    return this.getHeader(name) !== undefined;
  }

  send(answer?: Parameters<HttpReply['send']>[0]): void {
    if (this.raw.headersSent) return;
    if (answer instanceof Error) this.#sendFailure(answer, this.#request, this);
    else if (answer === undefined || typeof answer === 'string' || Buffer.isBuffer(answer)) this.#sendWhole(answer);
    else throw new TypeError('no answer to a read, a search or a write by its address is a stream');
  }

  /** RFC 9110 section 8.6: no length where there cannot be a body; of HEAD that of the body which GET has. */
  #sendWhole(body: Buffer | string | undefined): void {
    const { raw } = this;
    const isHead = this.#request.method === 'HEAD';
    const hasLength = isHead || (raw.statusCode !== 204 && raw.statusCode !== 304);
    if (hasLength) this.#fields['content-length'] = String(body === undefined ? 0 : Buffer.byteLength(body));
    raw.writeHead(raw.statusCode, this.#fields);
    if (isHead || body === undefined) raw.end();
    else raw.end(body);
  }
}
