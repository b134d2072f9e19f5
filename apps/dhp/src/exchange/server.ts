/** A FHIR server over HTTP, with the token of a client: requests are repeated while it is not reached, and if it asks for that. */
import { setTimeout as delay } from 'node:timers/promises';
import { spokenLanguage } from '../locale.ts';
import { exchangeMessages } from '../texts/exchange.ts';
import { Interrupted, sentenceIn, ServerRefusal } from './faults.ts';

export interface Client {
  readonly clientId: string;
  readonly secret: string;
}

interface Means {
  /** The base URL, without a slash at its end. */
  readonly base: string;
  readonly client: Client;
  /** Milliseconds for which requests to an unreachable server are repeated. */
  readonly patience: number;
  readonly signal: AbortSignal;
  /** Called once when waiting for the server begins. */
  readonly onWait: (why: string) => void;
}

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer<ArrayBuffer> | string;
  /** Statuses beside 2xx that the caller reads itself. */
  readonly expects?: readonly number[];
}

export interface Server {
  readonly base: string;
  /** Milliseconds for which requests to an unreachable server are repeated. */
  readonly patience: number;
  readonly signal: AbortSignal;
  /**
   * @param url on the origin of the base
   * @throws ServerRefusal for an unexpected status @throws Interrupted if the server is unavailable for too long, or by the signal
   */
  ask(url: string, asked?: Asked): Promise<Response>;
  /** Waits, and ends by the signal. @throws Interrupted */
  wait(seconds: number): Promise<void>;
}

/** Milliseconds between two attempts. */
const firstPause = 500;
const longestPause = 15_000;
/** Seconds before its end at which a token is not used any more. */
const margin = 30;
const busy = new Set([429, 502, 503, 504]);

/** Sends no request yet. */
export function openServer(means: Means): Server {
  const { base, patience, signal } = means;
  const tokens = openTokens(means);
  const server: Server = {
    ...{ base, patience, signal },
    async ask(url, asked = {}) {
      requireOrigin(base, url);
      let isRenewed = false;
      for (;;) {
        const authorization = `Bearer ${await tokens.current()}`;
        const headers = { accept: 'application/fhir+json', ...asked.headers, authorization };
        const response = await reach(means, url, { ...asked, headers });
        if (response.status === 401 && !isRenewed) {
          isRenewed = true;
          tokens.drop();
          await response.arrayBuffer();
        } else if (response.ok || asked.expects?.includes(response.status) === true) return response;
        else throw await refusal(url, response);
      }
    },
    wait: (seconds) => pause(signal, seconds * 1000),
  };
  return server;
}

async function refusal(url: string, response: Response): Promise<ServerRefusal> {
  const said = exchangeMessages[spokenLanguage()];
  const text = await response.text().catch(() => '');
  const reason = sentenceIn(text) ?? said.noReason;
  return new ServerRefusal(said.refused({ url, status: response.status, reason }), response.status);
}

/** The token is sent only to the server for which it was issued. */
function requireOrigin(base: string, url: string): void {
  if (URL.canParse(url) && new URL(url).origin === new URL(base).origin) return;
  throw new ServerRefusal(exchangeMessages[spokenLanguage()].otherOrigin({ url, base }));
}

interface Tokens {
  current(): Promise<string>;
  drop(): void;
}

function openTokens(means: Means): Tokens {
  const said = exchangeMessages[spokenLanguage()];
  let endpoint: string | undefined;
  let known: { readonly token: string; readonly until: number } | undefined;
  const discover = async (): Promise<string> => {
    const url = `${means.base}/.well-known/smart-configuration`;
    const response = await reach(means, url, { headers: { accept: 'application/json' } });
    if (!response.ok) throw await refusal(url, response);
    const { token_endpoint: found } = (await jsonOf(response)) as { token_endpoint?: unknown };
    if (typeof found !== 'string' || !isSafe(found)) throw new ServerRefusal(said.noTokenEndpoint({ url }));
    return found;
  };
  return {
    async current() {
      if (known !== undefined && Date.now() < known.until) return known.token;
      endpoint ??= await discover();
      const { clientId, secret } = means.client;
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: secret,
      });
      const response = await reach(means, endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: form.toString(),
      });
      if (!response.ok) throw await refusal(endpoint, response);
      const { access_token: token, expires_in: seconds } = (await jsonOf(response)) as {
        access_token?: unknown;
        expires_in?: unknown;
      };
      if (typeof token !== 'string') throw new ServerRefusal(said.noToken({ url: endpoint }));
      const lasts = typeof seconds === 'number' ? Math.max(1, seconds - margin) : 60;
      known = { token, until: Date.now() + lasts * 1000 };
      return token;
    },
    drop: () => (known = undefined),
  };
}

async function jsonOf(response: Response): Promise<object> {
  const body = (await response.json().catch(() => undefined)) as unknown;
  return typeof body === 'object' && body !== null ? body : {};
}

/** Whether a secret may be sent there: by TLS, or within this machine. */
export function isSafe(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}

/** An answer other than a temporary refusal. */
async function reach(means: Means, url: string, asked: Asked): Promise<Response> {
  const { method = 'GET', headers, body } = asked;
  const { signal, patience, onWait } = means;
  const end = performance.now() + patience;
  const said = exchangeMessages[spokenLanguage()];
  for (let next = firstPause; ; next = Math.min(2 * next, longestPause)) {
    requireGoesOn(signal);
    let why: string;
    let asks = next;
    try {
      const response = await fetch(url, {
        method,
        signal,
        // An expected redirect is followed by the caller, at its own time.
        redirect: asked.expects?.includes(303) === true ? 'manual' : 'error',
        headers: { 'accept-language': spokenLanguage(), ...headers },
        ...(body !== undefined && { body }),
      });
      if (!busy.has(response.status)) return response;
      asks = Math.max(next, 1000 * Number(response.headers.get('retry-after') ?? 0) || 0);
      why = sentenceIn(await response.text().catch(() => '')) ?? String(response.status);
    } catch (error) {
      requireGoesOn(signal, error);
      why = reasonOf(error);
    }
    if (performance.now() + asks > end) throw new Interrupted(said.away({ url, reason: why }));
    onWait(said.waits({ url: new URL(url).origin, reason: why }));
    await pause(signal, asks);
  }
}

/** @throws Interrupted */
function requireGoesOn(signal: AbortSignal, cause?: unknown): void {
  if (signal.aborted) throw new Interrupted('ended', { cause });
}

async function pause(signal: AbortSignal, milliseconds: number): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch((error: unknown) => {
    throw new Interrupted('ended', { cause: error });
  });
}

/** `fetch` reports every failure as "fetch failed"; its cause tells which. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message === '' ? ((cause as NodeJS.ErrnoException).code ?? error.message) : cause.message;
}
