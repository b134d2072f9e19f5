import { RE2JS, RE2JSException } from 're2js';

/** More would be a value set made to hurt; real filters have a few dozen steps. */
const mostSteps = 20_000;

/**
 * A regular expression that must fit the whole text (XML Schema's rule, which FHIR's `regex` filter follows), run in time linear in the
 * text, so that `(a+)+` costs no more than `a+`. Anybody can send a value set; with a backtracking engine it could stop the server.
 * @returns undefined if it is not an expression, is too large, or needs features that cannot be run this way (look-around, back references)
 */
export function compileRegex(pattern: string): ((text: string) => boolean) | undefined {
  const expression = compiled(pattern);
  if (expression === undefined || expression.programSize() > mostSteps) return undefined;
  return (text) => expression.matches(text);
}

function compiled(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}
