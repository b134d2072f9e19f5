import assert from 'node:assert/strict';
import { isSubtype } from '@dhp/fhir-model';
import fhirpath from 'fhirpath';
import r5 from 'fhirpath/fhir-context/r5';
import type { CompiledPath, EvaluationEnvironment, Item } from '../src/index.ts';
import { compile } from '../src/index.ts';
import type { Json } from './published.ts';

/**
 * The reference engine, with the same hooks for data outside of a resource as ours: a reference resolves to its type and id, codes are
 * members of every value set, XHTML is always valid.
 */

interface OracleNode {
  readonly data: unknown;
  readonly constructor: new (...args: unknown[]) => OracleNode;
}

const literal = /(?:^|\/)([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** The target of a reference: a contained resource, or the data in the reference itself. */
export function resolveReference(reference: string, element: unknown, container: Json): Json | undefined {
  if (reference.startsWith('#')) {
    if (reference === '#') return container;
    return ((container['contained'] ?? []) as Json[]).find(({ id }) => id === reference.slice(1));
  }
  const match = literal.exec(reference);
  const told = (element as { type?: string } | undefined)?.type;
  const resourceType = match !== null && r5.type2Parent[match[1]!] !== undefined ? match[1]! : told;
  return resourceType === undefined ? undefined : { resourceType, id: match?.[2] ?? '', reference };
}

function table(container: Json) {
  return {
    resolve: {
      internalStructures: true,
      fn: function (this: unknown, items: (OracleNode | string)[]) {
        return items.flatMap((item): unknown[] => {
          const value = typeof item === 'string' ? item : item.data;
          const reference = typeof value === 'string' ? value : (value as { reference?: string }).reference;
          const resource = reference === undefined ? undefined : resolveReference(reference, value, container);
          if (resource === undefined) return [];
          if (typeof item === 'string') return [resource];
          return [new item.constructor(this, resource, null, resource['resourceType'], null, resource['resourceType'])];
        });
      },
    },
    memberOf: { fn: () => [true], arity: { 1: ['Any'] } },
    htmlChecks: { fn: () => [true] },
  };
}

export interface Place {
  /** The base that the reference engine needs to know the type of a fragment: `Patient.contact`, `Quantity`. */
  readonly base?: string;
  readonly type?: string;
  readonly sibling?: Json | undefined;
  readonly resource: Json;
  readonly rootResource: Json;
}

/** Result of an engine: the values as JSON in order with their types, or its refusal. */
export type Outcome = { readonly values: string; readonly types: readonly string[] } | { readonly error: string };

type OracleEvaluate = (data: unknown, variables: object, options: object) => unknown[];
const parsed = new Map<string, OracleEvaluate | Error>();

/** The reference engine changes its input: pass a copy. */
export function askOracle(value: unknown, expression: string, place: Place): Outcome {
  const key = `${place.base ?? ''} ${expression}`;
  let evaluate = parsed.get(key);
  if (evaluate === undefined) {
    try {
      const path = place.base === undefined ? expression : { base: place.base, expression };
      evaluate = fhirpath.compile(path, r5, {
        traceFn: () => undefined,
        resolveInternalTypes: false,
      });
    } catch (error) {
      evaluate = error instanceof Error ? error : new Error(String(error));
    }
    parsed.set(key, evaluate);
  }
  if (evaluate instanceof Error) return { error: evaluate.message };
  try {
    const { resource, rootResource } = place;
    const options = { userInvocationTable: table(rootResource) };
    const found = evaluate(value, { resource, rootResource }, options);
    const withValue = found.filter((item) => (fhirpath.resolveInternalTypes([item]) as unknown[]).length > 0);
    const types = fhirpath.types(withValue).map((type) => type.replace('FHIR.', ''));
    return { values: JSON.stringify(fhirpath.resolveInternalTypes(found)), types };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

export function askOurs(
  value: unknown,
  expression: string,
  context: 'SearchParameter' | 'Invariant',
  { type, sibling, resource, rootResource }: Place,
): Outcome {
  const environment: EvaluationEnvironment = {
    resource,
    rootResource,
    resolve: (reference, item) => resolveReference(reference, item.value, rootResource),
    memberOf: () => true,
    htmlChecks: () => true,
    ...(type === undefined ? {} : { type }),
    ...(sibling === undefined ? {} : { sibling }),
  };
  try {
    const path = compile(expression, type === undefined ? { context } : { context, type });
    const items = path.evaluate(value, environment).filter((item) => item.value !== undefined);
    if (context === 'Invariant') checkConsistency(path, items, value, environment);
    return { values: JSON.stringify(items.map((item) => item.value)), types: items.map((item) => item.type) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Whether both name the same types. The reference engine keeps the FHIR type of complex items only, and calls every
 * backbone element by the name of its base.
 */
export function sameTypes(ours: readonly string[], oracle: readonly string[]): boolean {
  return oracle.every((type, i) => type.startsWith('System.') || isSubtype(ours[i] ?? '', type));
}

/** The three ways to evaluate a path must agree; the shorter ones take short cuts. */
function checkConsistency(
  path: CompiledPath,
  items: readonly Item[],
  value: unknown,
  environment: EvaluationEnvironment,
): void {
  const only = items[0]?.value;
  const truth = items.length === 0 ? undefined : typeof only === 'boolean' ? only : true;
  assert.equal(path.exists(value, environment), items.length > 0, path.expression);
  if (items.length < 2) assert.equal(path.test(value, environment), truth, path.expression);
}
