import fhirpath from 'fhirpath';
import r5 from 'fhirpath/fhir-context/r5';

/** A result of the reference engine (the npm package fhirpath). */
export interface Found {
  readonly value: unknown;
  /** The FHIR type. */
  readonly type: string;
  /** The path of its element in the definitions (`Patient.gender`, `Address.use`); undefined for a value that the expression computed. */
  readonly element: string | undefined;
  /** For a fragment: its name in the definitions (`Observation.component`, `Quantity`). */
  readonly base: string;
}

interface EngineNode {
  readonly data: unknown;
  readonly path: string;
  readonly propName: string | null;
  readonly fhirNodeDataType: string | null;
  readonly parentResNode: EngineNode | null;
  readonly constructor: new (...args: unknown[]) => EngineNode;
}

type Evaluate = (value: unknown, variables: object, options: object) => unknown[];

const compiled = new Map<string, Evaluate>();

/**
 * Everything that has a value, in order.
 * @param value a resource, or a fragment of `base`; it may be changed: pass a copy
 * @throws the errors of the engine
 */
export function ask(value: unknown, expression: string, resource: object, base?: string): Found[] {
  const key = `${base ?? ''} ${expression}`;
  let evaluate = compiled.get(key);
  if (evaluate === undefined) {
    const path = base === undefined ? expression : { base, expression };
    evaluate = fhirpath.compile(path, r5, { resolveInternalTypes: false }) as Evaluate;
    compiled.set(key, evaluate);
  }
  return evaluate(value, { resource, rootResource: resource }, { userInvocationTable: outside(resource) }).flatMap(
    foundOf,
  );
}

function foundOf(item: unknown): Found[] {
  if (typeof item !== 'object' || item === null || !('data' in item)) {
    return [{ value: item, type: typeof item, element: undefined, base: '' }];
  }
  const { data, path, propName, fhirNodeDataType, parentResNode } = item as EngineNode;
  if (data === undefined || data === null) return [];
  const element = propName === null || parentResNode === null ? undefined : `${parentResNode.path}.${propName}`;
  return [{ value: data, type: fhirNodeDataType ?? path, element, base: path }];
}

/** A reference leads to the type and id that it names, or to a contained resource. */
function outside(resource: object) {
  const resolve = function (this: unknown, items: (EngineNode | string)[]) {
    return items.flatMap((item): unknown[] => {
      const value = typeof item === 'string' ? item : item.data;
      const target = targetOf(value, resource);
      if (target === undefined) return [];
      if (typeof item === 'string') return [target];
      const { resourceType } = target;
      return [new item.constructor(this, target, null, resourceType, null, resourceType)];
    });
  };
  return { resolve: { internalStructures: true, fn: resolve } };
}

function targetOf(value: unknown, resource: object): { resourceType: string } | undefined {
  const { reference, type } = (typeof value === 'string' ? { reference: value } : value) as {
    reference?: string;
    type?: string;
  };
  if (reference?.startsWith('#')) {
    const { contained = [] } = resource as { contained?: { id: string; resourceType: string }[] };
    return contained.find(({ id }) => id === reference.slice(1));
  }
  const parts = (reference ?? '').replace(/\/_history\/.*/, '').split('/');
  const named = parts.at(-2);
  if (named !== undefined && Object.hasOwn(r5.type2Parent, named)) return { resourceType: named };
  return type === undefined ? undefined : { resourceType: type };
}
