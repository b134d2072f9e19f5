/** An identity system of others by which people sign in here. */

export interface Upstream {
  /** In addresses and in the database: `oneid`. */
  id: string;
  /** On the button. */
  name: string;
  /** Where the browser is sent. */
  address(o: {
    state: string;
    nonce: string;
    codeChallenge: string;
    redirectUri: string;
    language: string;
  }): Promise<string>;
  /**
   * Whom the browser came back with.
   * @throws UpstreamRefusal when the system says no, or says something that proves nothing
   */
  identify(o: { code: string; nonce: string; codeVerifier: string; redirectUri: string }): Promise<UpstreamPerson>;
}

export interface UpstreamPerson {
  /** The id of the person there, which never changes. */
  subject: string;
  /** Personal identification number of an individual: 14 digits. */
  pinfl: string | undefined;
  name: string;
  /** How the person signed in there, as RFC 8176 calls it; `mfa` for two factors. */
  methods: string[];
}

/** The reason is for the audit trail: a stable word, nothing of the person. */
export class UpstreamRefusal extends Error {
  override readonly name = 'UpstreamRefusal';
  readonly reason: string;
  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

const timeout = 10_000;

/** @throws UpstreamRefusal when there is no JSON object with a status of success */
export async function askUpstream(url: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(timeout) });
    body = JSON.parse(await response.text());
  } catch {
    throw new UpstreamRefusal('upstream-unreachable');
  }
  if (!response.ok || typeof body !== 'object' || body === null) throw new UpstreamRefusal('upstream-refused');
  return body as Record<string, unknown>;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
