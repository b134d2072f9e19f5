/** Answers of a server that are requested once in a while, by what was asked. */

/** Milliseconds for which an answer is good, and for which a server is not asked again that did not answer. */
const patience = { answered: 300_000, silent: 5_000 };

interface Kept<T> {
  until: number;
  answer: Promise<T | undefined>;
}

/**
 * Returns a function that asks where it has no answer of the last minutes; whoever asks meanwhile waits for the same one. It gives undefined while
 * the server does not answer.
 * @param o.most answers that are kept; the oldest goes first
 * @param o.timeout milliseconds that an answer may take
 */
export function keptAnswers<Asked, T>(
  ask: (asked: Asked) => Promise<T | undefined>,
  o: { readonly most: number; readonly timeout: number; readonly keyOf: (asked: Asked) => string },
): (asked: Asked) => Promise<T | undefined> {
  const known = new Map<string, Kept<T>>();
  return (asked) => {
    const key = o.keyOf(asked);
    const now = performance.now();
    const found = known.get(key);
    if (found !== undefined && now < found.until) return found.answer;
    const kept: Kept<T> = { until: now + o.timeout, answer: ask(asked).catch(() => undefined) };
    void kept.answer.then((answer) => {
      kept.until = performance.now() + (answer === undefined ? patience.silent : patience.answered);
    });
    known.delete(key);
    known.set(key, kept);
    if (known.size > o.most) known.delete(known.keys().next().value!);
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
