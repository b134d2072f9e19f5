import { bare, Collection, nothing } from '../collection.ts';
import type { FhirPathErrorKind } from '../errors.ts';
import { fromItems, fromTruth, type Node } from '../node.ts';
import { spendOnText } from '../operators/arithmetic.ts';
import type { Scope } from '../scope.ts';
import { indexOf, lastIndexOf, split } from '../text-search.ts';
import { compilePattern, PatternError, type Pattern, type PatternFlag } from './pattern.ts';
import { failure, integerArgument, stringArgument, stringInput, type Call, type FunctionTable } from './call.ts';

/** https://hl7.org/fhirpath/N1/#string-manipulation. Positions and lengths count UTF-16 units, as the reference engines do. */
export const strings: FunctionTable = {
  startsWith: test((text, part) => text.startsWith(part)),
  endsWith: test((text, part) => text.endsWith(part)),
  contains: test((text, part) => indexOf(text, part) >= 0),
  indexOf: { min: 1, max: 1, build: (call) => integer(call, (text, part) => indexOf(text, part)) },
  lastIndexOf: { min: 1, max: 1, build: (call) => integer(call, (text, part) => lastIndexOf(text, part)) },
  length: { min: 0, max: 0, build: (call) => integer(call, (text) => text.length) },
  substring: { min: 1, max: 2, build: (call) => text(call, (input, scope) => substring(call, input, scope)) },
  upper: { min: 0, max: 0, build: (call) => text(call, (input) => input.toUpperCase()) },
  lower: { min: 0, max: 0, build: (call) => text(call, (input) => input.toLowerCase()) },
  trim: { min: 0, max: 0, build: (call) => text(call, (input) => input.trim()) },
  replace: {
    min: 2,
    max: 2,
    build: (call) =>
      text(call, (input, scope) => {
        const [pattern, by] = [stringArgument(call, 0, scope), stringArgument(call, 1, scope)];
        if (pattern === undefined || by === undefined) return undefined;
        // Paid for before it is made: a long replacement for every character is more than a string can hold.
        spendOnText(input.length, scope.run, call.at);
        const parts = split(input, pattern);
        spendOnText((parts.length + 1) * by.length, scope.run, call.at);
        return pattern === '' ? `${by}${parts.join(by)}${input === '' ? '' : by}` : parts.join(by);
      }),
  },
  matches: { min: 1, max: 2, build: (call) => matching(call, (pattern) => pattern) },
  matchesFull: { min: 1, max: 2, build: (call) => matching(call, (pattern) => `^(?:${pattern})$`) },
  replaceMatches: {
    min: 2,
    max: 2,
    build: (call) => {
      const compiled = patterns(call, [], (pattern) => pattern);
      return text(call, (input, scope) => {
        const [pattern, by] = [compiled(scope), stringArgument(call, 1, scope)];
        if (pattern === undefined || by === undefined) return undefined;
        // An empty pattern matches everywhere, so nothing is replaced; only `replace` surrounds every character.
        if (stringArgument(call, 0, scope) === '') return input;
        scope.run.spend(pattern.costOf(input) * 2, call.at);
        const matches = guarded(call, 'limit', () => pattern.count(input));
        // Each `$` may bring the whole match.
        const references = by.split('$').length - 1;
        spendOnText(matches * by.length + references * input.length, scope.run, call.at);
        return pattern.replaced(input, by);
      });
    },
  },
  toChars: { min: 0, max: 0, build: (call) => texts(call, (input) => Array.from(input)) },
  split: {
    min: 1,
    max: 1,
    build: (call) => texts(call, (input, scope) => split(input, stringArgument(call, 0, scope) ?? '')),
  },
  join: {
    min: 0,
    max: 1,
    build: (call) =>
      fromItems(call.at, (scope) => {
        const items = call.input.items(scope);
        scope.run.spend(items.size, call.at);
        const parts = items.values.map(bare).filter((part) => part !== undefined);
        if (!parts.every((part) => typeof part === 'string')) throw failure(call, 'the input is no string');
        if (parts.length === 0) return nothing;
        const separator = stringArgument(call, 0, scope) ?? '';
        spendOnText(
          parts.reduce((sum, part) => sum + part.length + separator.length, 0),
          scope.run,
          call.at,
        );
        return Collection.of(parts.join(separator), 'System.String');
      }),
  },
};

function test(holds: (text: string, part: string) => boolean) {
  return {
    min: 1,
    max: 1,
    build: (call: Call) =>
      fromTruth((scope) => {
        const [input, part] = [stringInput(call, scope), stringArgument(call, 0, scope)];
        if (input === undefined || part === undefined) return undefined;
        scope.run.spend((input.length + part.length) >> 6, call.at);
        return holds(input, part);
      }),
  };
}

function integer(call: Call, measure: (text: string, part: string) => number): Node {
  return fromItems(call.at, (scope) => {
    const input = stringInput(call, scope);
    const part = call.args.length === 0 ? '' : stringArgument(call, 0, scope);
    if (input === undefined || part === undefined) return nothing;
    scope.run.spend((input.length + part.length) >> 6, call.at);
    return Collection.of(measure(input, part), 'System.Integer');
  });
}

/** A function that makes a text of a text; undefined is empty. */
export function text(call: Call, change: (input: string, scope: Scope) => string | undefined): Node {
  return fromItems(call.at, (scope) => {
    const input = stringInput(call, scope);
    const result = input === undefined ? undefined : change(input, scope);
    if (result === undefined) return nothing;
    spendOnText(result.length, scope.run, call.at);
    return Collection.of(result, 'System.String');
  });
}

function texts(call: Call, partsOf: (input: string, scope: Scope) => string[]): Node {
  return fromItems(call.at, (scope) => {
    const input = stringInput(call, scope);
    const result = new Collection();
    if (input === undefined) return result;
    spendOnText(input.length, scope.run, call.at);
    for (const part of partsOf(input, scope)) result.push(part, 'System.String');
    scope.run.spend(result.size, call.at);
    return result;
  });
}

function substring(call: Call, input: string, scope: Scope): string | undefined {
  const [start, length] = [integerArgument(call, 0, scope), integerArgument(call, 1, scope)];
  if (start === undefined || start < 0 || start >= input.length) return undefined;
  return length === undefined ? input.slice(start) : input.slice(start, start + Math.max(length, 0));
}

/** The pattern of the first argument; a literal is compiled with the expression, so that its faults are reported then. */
function patterns(
  call: Call,
  flags: readonly PatternFlag[],
  wrap: (pattern: string) => string,
): (scope: Scope) => Pattern | undefined {
  const compile = (pattern: string, kind: FhirPathErrorKind): Pattern =>
    guarded(call, kind, () => compilePattern(wrap(pattern), flags));
  const literal = call.expressions[0];
  if (literal?.kind === 'literal' && typeof literal.value === 'string') {
    const pattern = compile(literal.value, 'syntax');
    return () => pattern;
  }
  return (scope) => {
    const pattern = stringArgument(call, 0, scope);
    if (pattern === undefined) return undefined;
    // Compiling it takes more than running it on a short text.
    scope.run.spend(10 + 2 * pattern.length, call.at);
    return compile(pattern, 'evaluation');
  };
}

/** @throws FhirPathError for an expression that cannot be read, or not be run on a text in bounded time */
function guarded<T>(call: Call, kind: FhirPathErrorKind, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw failure(call, `no regular expression: ${error.message}`, kind);
  }
}

function matching(call: Call, wrap: (pattern: string) => string): Node {
  const flagged = call.expressions[1];
  const flags = flagged?.kind === 'literal' && typeof flagged.value === 'string' ? flagged.value : '';
  if (flagged !== undefined && (flagged.kind !== 'literal' || !/^[im]*$/.test(flags))) {
    throw failure(call, "the flags may be 'i' and 'm'", 'syntax');
  }
  const compiled = patterns(call, [...new Set(flags)] as PatternFlag[], wrap);
  return fromTruth((scope) => {
    const [input, pattern] = [stringInput(call, scope), compiled(scope)];
    if (input === undefined || pattern === undefined) return undefined;
    scope.run.spend(
      guarded(call, 'limit', () => pattern.costOf(input)),
      call.at,
    );
    return guarded(call, 'limit', () => pattern.test(input));
  });
}
