/** The CapabilityStatement of a server, asked for once in a while. */
import { declaredBy, type Declared } from './completion.ts';
import { jsonAt, keptAnswers } from './kept.ts';

/** Milliseconds that it may take. */
const timeout = 20_000;

/** @returns a function that gives undefined while the server does not answer */
export function declaredAt(base: string): () => Promise<Declared | undefined> {
  const kept = keptAnswers<undefined, Declared>(
    async () => {
      const statement = await jsonAt(`${base}/metadata`, { timeout });
      return statement === undefined ? undefined : declaredBy(statement);
    },
    { most: 1, timeout, keyOf: () => '' },
  );
  return () => kept(undefined);
}
