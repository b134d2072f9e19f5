/** Help while something is typed: how a path can continue, with codes of value sets, and elements of a resource. */
import { bodyOf } from '../applications/answers.ts';
import type { RequestContext } from '../session/routes.ts';
import { declaredBy, suggestionsFor, type Declared, type Suggestion } from './completion.ts';
import { describedAt, membersAt } from './described-at.ts';
import { jsonAt, keptAnswers } from './kept.ts';
import { codesAt, codeSuggestions, typedValue } from './values.ts';

/** Most elements at once. */
const most = 20;
/** Milliseconds that a CapabilityStatement may take. */
const timeout = 20_000;

export interface Hints {
  /** Undefined while the server does not answer. */
  readonly declared: () => Promise<Declared | undefined>;
  readonly suggestions: (context: RequestContext, path: string) => Promise<readonly Suggestion[]>;
  /** Elements of the element at a path below a type that begin with the typed text. */
  readonly elements: (type: string, path: readonly string[], typed: string) => Promise<readonly Suggestion[]>;
}

/** @param base URL at which this process reaches the FHIR server */
export function openHints(base: string): Hints {
  const declared = declaredAt(base);
  const described = describedAt(base);
  const codes = codesAt(base);
  /** For a type that the server does not have, no request is sent. */
  const describedIfThere = async (type: string): ReturnType<typeof described> =>
    (await declared())?.types.has(type) === true ? described(type) : undefined;
  return {
    declared,
    async suggestions(context, path) {
      const known = await declared();
      if (known === undefined) return [];
      const value = typedValue(known, path);
      if (value === undefined) return suggestionsFor(known, path);
      const valueSet = (await describedIfThere(value.type))?.valueSets.get(value.parameter);
      if (valueSet === undefined) return suggestionsFor(known, path);
      const { language } = context;
      const token = async (): Promise<string> =>
        bodyOf(await context.ask<{ access_token: string }>('/value-set-token', {})).access_token;
      return codeSuggestions(await codes({ valueSet, language, token }, value.typed), value);
    },
    async elements(type, path, typed) {
      const found = await describedIfThere(type);
      if (found === undefined) return [];
      const small = typed.toLowerCase();
      return membersAt(found, type, path)
        .filter(({ name }) => name.toLowerCase().startsWith(small) && name !== typed)
        .slice(0, most)
        .map(({ name, type: about, isList }) => ({ path: name, about: isList ? `${about}[]` : about }));
    },
  };
}

/**
 * The CapabilityStatement of a server, requested once in a while. @returns a function that returns undefined while the server does not
 * answer
 */
function declaredAt(base: string): () => Promise<Declared | undefined> {
  const kept = keptAnswers<undefined, Declared>(
    async () => {
      const statement = await jsonAt(`${base}/metadata`, { timeout });
      return statement === undefined ? undefined : declaredBy(statement);
    },
    { most: 1, timeout, keyOf: () => '' },
  );
  return () => kept(undefined);
}
