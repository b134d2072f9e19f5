import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compile, FhirPathError } from '../src/index.ts';
import { cases, patient } from './cases.ts';
import { invariantsFor } from './occurrences.ts';
import { examples, invariants, searchParameters, type Json } from './published.ts';

const skip = examples(1).next().done === true ? 'the package hl7.fhir.r5.examples is not installed' : false;

/** A small deterministic generator of pseudo-random numbers below `n` (mulberry32). */
function generator(seed: number): (n: number) => number {
  return (n) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

const pieces = /'[^']*'|[A-Za-z_]+|[0-9.]+|\s+|./g;

it('whatever is made of expressions, they work or are refused with a place in them', () => {
  const next = generator(42);
  const sources = [
    ...invariants().map(({ expression }) => expression),
    ...Object.values(cases).flatMap((list) => list.map(([expression]) => expression)),
  ];
  const tokens = sources.flatMap((source) => source.match(pieces) ?? []);
  let [worked, refused] = [0, 0];
  for (let round = 0; round < 6000; round++) {
    const parts = sources[next(sources.length)]!.match(pieces) ?? [];
    for (let changes = 1 + next(3); changes > 0; changes--) {
      const inserted = next(2) === 0 ? [tokens[next(tokens.length)]!] : [];
      parts.splice(next(parts.length), next(3), ...inserted);
    }
    const expression = parts.join('');
    try {
      compile(expression).evaluate(patient, { budget: 20_000, memberOf: () => true, htmlChecks: () => true });
      worked++;
    } catch (error) {
      if (!(error instanceof FhirPathError)) throw new Error(`Not refused properly: ${expression}`, { cause: error });
      const { offset, line, column } = error.position;
      assert.ok(offset >= 0 && offset <= expression.length && line >= 1 && column >= 1, expression);
      refused++;
    }
  }
  assert.ok(worked > 1000 && refused > 1000, `${worked} worked, ${refused} refused`);
});

const odd = [null, 0, -1.5, '', 'x', true, [], [[]], [null], [1, 'x'], {}, { resourceType: 'Patient' }, { value: {} }];

/** Replaces one member somewhere in a resource, or its `_` sibling, by something that does not belong there. */
function mutilate(resource: Json, next: (n: number) => number): void {
  let object = resource;
  for (;;) {
    const keys = Object.keys(object);
    const key = keys[next(keys.length)];
    if (key === undefined) return;
    const child: unknown = object[key];
    const inner: unknown = Array.isArray(child) ? (child as unknown[])[next(child.length)] : child;
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner) && next(4) > 0) object = inner as Json;
    else {
      object[next(3) === 0 ? `_${key}` : key] = odd[next(odd.length)];
      return;
    }
  }
}

it('whatever is made of resources, they are read or refused', { skip }, () => {
  const next = generator(7);
  const all = invariants();
  const parameters = searchParameters();
  const rulesFor = invariantsFor(all);
  let evaluated = 0;
  for (const resource of examples(70)) {
    const type = resource['resourceType'] as string;
    for (let changes = 0; changes < 5; changes++) mutilate(resource, next);
    const rules = rulesFor({ value: resource, type, path: type, sibling: undefined, resource, rootResource: resource });
    const own = parameters.filter(({ base, expression }) => expression !== undefined && base.includes(type));
    for (const expression of [...rules, ...own].map((source) => source.expression!)) {
      try {
        compile(expression, { type }).evaluate(resource, {
          memberOf: () => true,
          htmlChecks: () => true,
          locate: true,
        });
      } catch (error) {
        if (!(error instanceof FhirPathError))
          throw new Error(`${expression} on ${JSON.stringify(resource)}`, { cause: error });
      }
      evaluated++;
    }
  }
  assert.ok(evaluated > 1000, String(evaluated));
});
