/** An identity system of others by which people sign in here. */
import type { Outbound, OutboundRequest } from '@dhp/outbound';

export interface Upstream {
  /** In addresses and in the database: `oneid`. */
  id: string;
  /** On the button. */
  name: string;
  /** Hosts of this platform itself, as `host:port`, that it may be reached at; others must be public or allowed by the operator. */
  ownHosts?: readonly string[];
  /** Returns the address to which the browser is sent. */
  address(o: {
    state: string;
    nonce: string;
    codeChallenge: string;
    redirectUri: string;
    language: string;
    outbound: Outbound;
  }): Promise<string>;
  /**
   * Returns the person with whom the browser came back.
   * @throws UpstreamRefusal if the system refuses, or its answer proves nothing
   */
  identify(o: {
    code: string;
    nonce: string;
    codeVerifier: string;
    redirectUri: string;
    outbound: Outbound;
  }): Promise<UpstreamPerson>;
}

export interface UpstreamPerson {
  /** The id of the person there, which never changes. */
  subject: string;
  /** Personal identification number of an individual: 14 digits. */
  pinfl: string | undefined;
  name: string;
  /** The person comes from a test system, in which nobody proves an identity. */
  isTest?: true;
  /** Methods of the sign-in there, in the terms of RFC 8176; `mfa` for two factors. */
  methods: string[];
}

/** The reason is for the audit trail: a fixed word without personal data. */
export class UpstreamRefusal extends Error {
  override readonly name = 'UpstreamRefusal';
  readonly reason: string;
  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** In milliseconds. */
const timeout = 10_000;

/**
 * Sends a POST if there is a form, otherwise a GET.
 * @throws UpstreamRefusal if the answer is not a JSON object with a status of success, or the guard of outbound requests forbids it
 */
export async function askUpstream(
  outbound: Outbound,
  url: string,
  form?: { body: URLSearchParams; headers?: Record<string, string> },
): Promise<Record<string, unknown>> {
  let status: number;
  let body: unknown;
  try {
    const answer = await outbound(url, { ...requestOf(form), timeout });
    status = answer.status;
    body = JSON.parse(answer.body);
  } catch {
    throw new UpstreamRefusal('upstream-unreachable');
  }
  if (status < 200 || status > 299 || typeof body !== 'object' || body === null) {
    throw new UpstreamRefusal('upstream-refused');
  }
  return body as Record<string, unknown>;
}

function requestOf(form: { body: URLSearchParams; headers?: Record<string, string> } | undefined): OutboundRequest {
  const accept = 'application/json';
  if (form === undefined) return { method: 'GET', headers: { accept } };
  const headers = { accept, 'content-type': 'application/x-www-form-urlencoded', ...form.headers };
  return { method: 'POST', headers, body: form.body.toString() };
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
