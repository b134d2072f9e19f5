import { createLocalJWKSet, errors, type CryptoKey, type JSONWebKeySet, type JWTHeaderParameters } from 'jose';
import { failure, type Failure } from './errors.ts';

/** The published keys of the SSO, fetched when needed and kept fresh. */
export interface KeySet {
  /** The key for a token. Fails with `token-key-unknown`, or with `sso-unavailable` when no keys can be had. */
  readonly keyFor: (header: JWTHeaderParameters) => Promise<CryptoKey>;
  /** Loads the keys unless they are there; false when the SSO does not give them. */
  readonly ready: () => Promise<boolean>;
  readonly close: () => void;
}

/** Keys are fetched again after five minutes: a new one is then known before its first use, a retired one is forgotten. */
const refreshEvery = 300_000;
/** With the SSO away the last keys stay good for an hour, the life of a token; beyond that nothing is trusted. */
const trustFor = 3_600_000;
/** An unknown key makes us fetch at once, but no oftener than this, so that bad tokens cannot drive requests to the SSO. */
const cooldown = 1_000;
/** Long for a machine with more work than cores, short for somebody who waits. */
const fetchTimeout = 10_000;

/**
 * @param jwksUri Where the keys are fetched; may be an internal address.
 * @param onChange Called when the set of keys has changed: tokens verified by the old one must be forgotten.
 */
export function openKeySet(jwksUri: string, onChange: () => void): KeySet {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;
  let text = '';
  let fetchedAt = -Infinity;
  let triedAt = -Infinity;
  let running: Promise<boolean> | undefined;

  async function fetchKeys(): Promise<boolean> {
    triedAt = performance.now();
    try {
      const received = await published(jwksUri);
      if (received === undefined) return false;
      if (received !== text) {
        keys = createLocalJWKSet(JSON.parse(received) as JSONWebKeySet);
        if (text !== '') onChange();
        text = received;
      }
      fetchedAt = performance.now();
      return true;
    } catch {
      return false;
    }
  }

  /** One fetch at a time for all callers; within the cooldown, the result of the last one. */
  function refresh(): Promise<boolean> {
    if (running !== undefined) return running;
    if (performance.now() - triedAt < cooldown) return Promise.resolve(fetchedAt >= triedAt);
    running = fetchKeys().finally(() => (running = undefined));
    return running;
  }

  async function ready(): Promise<boolean> {
    if (keys !== undefined && performance.now() - fetchedAt < trustFor) return true;
    return refresh();
  }

  async function keyFor(header: JWTHeaderParameters): Promise<CryptoKey> {
    if (!(await ready()) || keys === undefined) {
      throw unavailable('The keys of the SSO could not be fetched.');
    }
    try {
      return await keys(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    const known = text;
    if (!(await refresh())) {
      throw unavailable('The key of the token is new and the keys of the SSO could not be fetched.');
    }
    if (text !== known) {
      try {
        return await keys(header);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
    }
    throw failure(
      'token-key-unknown',
      {},
      {
        diagnostics: `No published key of the SSO has the kid ${JSON.stringify(header.kid ?? null)} and fits the algorithm ${header.alg}.`,
      },
    );
  }

  const timer = setInterval(() => void refresh(), refreshEvery);
  timer.unref();
  return {
    keyFor,
    ready,
    close: () => {
      clearInterval(timer);
    },
  };
}

/** The text of a key set; undefined for an answer that is not one. */
async function published(jwksUri: string): Promise<string | undefined> {
  const response = await fetch(jwksUri, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(fetchTimeout),
  });
  return response.ok ? response.text() : undefined;
}

function unavailable(diagnostics: string): Failure {
  return failure('sso-unavailable', {}, { diagnostics });
}
