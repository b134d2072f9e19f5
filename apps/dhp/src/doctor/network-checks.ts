/** Checks of the public addresses as others see them: which server answers there, and when its certificate expires. */
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import type { Urls } from '../addresses.ts';
import { finding, orWell, type Finding } from './finding.ts';
import { told } from './node-checks.ts';

/** Milliseconds for each question. */
const patience = 3_000;
const day = 86_400_000;

/** A server as it answers at its public address. */
export interface Reached {
  readonly name: string;
  readonly url: string;
  /** `ready`, `degraded` and so on, or why there was no answer. */
  readonly state: string;
  readonly isReached: boolean;
  /** Of the SSO: the issuer that it names. */
  readonly issuer?: string;
}

/** Asks all servers concurrently for their readiness. */
export function reachAll(urls: Readonly<Record<string, string>>): Promise<readonly Reached[]> {
  return Promise.all(Object.entries(urls).map(([name, url]) => reach(name, url)));
}

async function reach(name: string, url: string): Promise<Reached> {
  const ask = (path: string): Promise<Response> =>
    fetch(`${url}${path}`, { signal: AbortSignal.timeout(patience), redirect: 'manual' });
  try {
    const answer = await ask('/readyz');
    const body = (await answer.json().catch(() => ({}))) as { status?: unknown };
    const state = typeof body.status === 'string' ? body.status : `HTTP ${String(answer.status)}`;
    if (name !== 'sso') return { name, url, state, isReached: true };
    const { issuer } = (await (await ask('/.well-known/openid-configuration')).json()) as { issuer?: unknown };
    return { name, url, state, isReached: true, issuer: String(issuer) };
  } catch (error) {
    const { cause, message } = error as Error;
    return {
      name,
      url,
      state: cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message,
      isReached: false,
    };
  }
}

export function judgeReached(reached: readonly Reached[]): readonly Finding[] {
  const { unreached, other, notReady } = told().addresses;
  return reached.flatMap(({ name, url, state, isReached, issuer }) => {
    if (!isReached) return [finding(['addresses', 'warning', name], unreached, { url, reason: state })];
    if (issuer !== undefined && issuer !== url) return [finding(['addresses', 'fault', name], other, { url, issuer })];
    if (state === 'ready') return [];
    return [finding(['addresses', 'fault', name], notReady, { url, state })];
  });
}

/** The certificate that an address shows; `distrust` says why a client of this machine would refuse it. */
export interface ShownCertificate {
  readonly host: string;
  readonly ends?: Date;
  readonly distrust?: string;
}

/** @returns nothing for addresses without TLS, and for those without an answer */
export async function certificatesOf(urls: Urls): Promise<readonly ShownCertificate[]> {
  const hosts = new Set(
    Object.values(urls as unknown as Record<string, string>)
      .map((url) => new URL(url))
      .filter(({ protocol }) => protocol === 'https:')
      .map(({ hostname, port }) => `${hostname}:${port === '' ? '443' : port}`),
  );
  const shown = await Promise.all([...hosts].map(certificateOf));
  return shown.flatMap((one) => (one === undefined ? [] : [one]));
}

function certificateOf(host: string): Promise<ShownCertificate | undefined> {
  const { hostname, port } = new URL(`https://${host}`);
  return new Promise((resolve) => {
    const socket = connectTls({
      ...{
        host: hostname.replaceAll(/[[\]]/g, ''),
        port: Number(port || 443),
        rejectUnauthorized: false,
        timeout: patience,
      },
      ...(/[a-z]/i.test(hostname) && { servername: hostname }),
    });
    const end = (found?: ShownCertificate): void => {
      socket.destroy();
      resolve(found);
    };
    socket.once('timeout', () => end());
    socket.once('error', () => end());
    socket.once('secureConnect', () => {
      const { valid_to: until } = socket.getPeerCertificate() as Partial<PeerCertificate>;
      const { authorizationError: distrust } = socket;
      const reason = distrust as Error | string | null;
      end({
        host,
        ...(until !== undefined && { ends: new Date(until) }),
        ...(reason !== null && { distrust: typeof reason === 'string' ? reason : reason.message }),
      });
    });
  });
}

export function judgeCertificates(shown: readonly ShownCertificate[], now: number): readonly Finding[] {
  const { ends: ending, untrusted } = told().certificates;
  return orWell(
    'certificates',
    '',
    shown.flatMap(({ host, ends, distrust }) => {
      const days = ends === undefined ? Infinity : Math.floor((ends.getTime() - now) / day);
      const date = ends === undefined || Number.isNaN(days) ? '' : ends.toISOString().slice(0, 10);
      return [
        ...(days < 21
          ? [finding(['certificates', days < 7 ? 'fault' : 'warning', host], ending, { date, days: Math.max(0, days) })]
          : []),
        ...(distrust !== undefined && days >= 0
          ? [finding(['certificates', 'fault', host], untrusted, { reason: distrust })]
          : []),
      ];
    }),
  );
}
