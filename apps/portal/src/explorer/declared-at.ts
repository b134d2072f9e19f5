/** The CapabilityStatement of a server, asked for once in a while. */
import { declaredBy, type Declared } from './completion.ts';

/** Milliseconds for which it is good, and for which a server is not asked again that did not answer. */
const patience = { answered: 300_000, silent: 5_000 };
/** Milliseconds that it may take. */
const timeout = 20_000;

/** @returns undefined while the server does not answer */
export function declaredAt(base: string): () => Promise<Declared | undefined> {
  let until = 0;
  let declared: Promise<Declared | undefined> = Promise.resolve(undefined);
  return () => {
    const now = performance.now();
    if (now < until) return declared;
    // Others who ask meanwhile wait for the same answer.
    until = now + timeout;
    declared = ask(base).then((found) => {
      until = performance.now() + (found === undefined ? patience.silent : patience.answered);
      return found;
    });
    return declared;
  };
}

async function ask(base: string): Promise<Declared | undefined> {
  try {
    const headers = { accept: 'application/fhir+json' };
    const answer = await fetch(`${base}/metadata`, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    });
    return answer.ok ? declaredBy(await answer.json()) : undefined;
  } catch {
    return undefined;
  }
}
