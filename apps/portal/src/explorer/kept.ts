/** Answers of a server to requests that come again once in a while. */

import { LRUCache } from 'lru-cache';

/** Milliseconds until the server is asked again: after an answer, and after none came. */
const patience = { answered: 300_000, silent: 5_000 };

interface Kept<T> {
  /** Of performance.now(): from then on the server is asked again. */
  until: number;
  answer: Promise<T | undefined>;
}

/**
 * Returns a function that asks the server unless it has an answer of the last minutes. Callers that ask the same meanwhile share one request.
 * The function resolves to undefined while the server does not answer.
 * @param o.most answers that are kept; the one used longest ago goes first
 * @param o.timeout milliseconds that an answer may take
 */
export function keptAnswers<Asked, T>(
  ask: (asked: Asked) => Promise<T | undefined>,
  o: { readonly most: number; readonly timeout: number; readonly keyOf: (asked: Asked) => string },
): (asked: Asked) => Promise<T | undefined> {
  const known = new LRUCache<string, Kept<T>>({ max: o.most });
  return (asked) => {
    const key = o.keyOf(asked);
    const now = performance.now();
    const found = known.get(key);
    if (found !== undefined && now < found.until) return found.answer;
    const kept: Kept<T> = { until: now + o.timeout, answer: ask(asked).catch(() => undefined) };
    void kept.answer.then((answer) => {
      kept.until = performance.now() + (answer === undefined ? patience.silent : patience.answered);
    });
    known.set(key, kept);
    return kept.answer;
  };
}

/** The JSON at an address; undefined for a refusal. @throws Error when the server does not answer */
export async function jsonAt(
  url: string,
  { timeout, token, language }: { readonly timeout: number; readonly token?: string; readonly language?: string },
): Promise<unknown> {
  const answer = await fetch(url, {
    headers: {
      accept: 'application/fhir+json, application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(language !== undefined && { 'accept-language': language }),
    },
    ...{ redirect: 'manual', signal: AbortSignal.timeout(timeout) },
  });
  if (answer.ok) return answer.json();
  await answer.body?.cancel();
  return undefined;
}

export const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
