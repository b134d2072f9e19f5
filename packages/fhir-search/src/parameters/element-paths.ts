import { isSubtype, typeOf } from '@dhp/fhir-model';
import type { SearchParameter } from './search-parameters.ts';
import { parameterPaths, typesAfter, type PathStep } from './parameter-paths.ts';

/** The members from a resource to an element, with the conditions on the way; lists on it are searched. */
export type ElementPath = readonly ElementStep[];

export type ElementStep =
  | { readonly kind: 'member'; readonly name: string; readonly index?: number }
  /** The member of this name has the value. */
  | { readonly kind: 'equals'; readonly name: string; readonly value: string }
  /** It is a reference to a resource of the type. */
  | { readonly kind: 'refers-to'; readonly type: string }
  | { readonly kind: 'has-extension'; readonly url: string };

/** The members below an element that it is sorted by. */
const sortedMembers: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({
    Reference: ['reference'],
    CodeableReference: ['reference', 'reference'],
    Identifier: ['value'],
    ContactPoint: ['value'],
    CodeableConcept: ['coding', 'code'],
    Coding: ['code'],
  }),
);

/**
 * The elements whose texts a token, reference or uri parameter reads, in the order of its expression. If there are none, a text with the
 * reason.
 * @example
 * const paths = elementPaths('Patient', searchParameter('Patient', 'gender')!);
 * paths.length; // 1
 */
export function elementPaths(type: string, parameter: SearchParameter): readonly ElementPath[] | string {
  if (parameter.code === '_in') return '_in asks for membership, which has no order';
  if (parameter.type !== 'token' && parameter.type !== 'reference' && parameter.type !== 'uri') {
    return `${parameter.code} of ${type}, of type ${parameter.type}, has no order of its own`;
  }
  const found: ElementPath[] = [];
  for (const { steps } of parameterPaths(type, parameter)) {
    const paths = steps === undefined ? undefined : pathsOf(type, steps, parameter.type === 'reference');
    if (paths === undefined) return `${parameter.code} of ${type} is more than a path: ${parameter.expression ?? ''}`;
    found.push(...paths);
  }
  return found.length > 0 ? found : `${parameter.code} of ${type} looks at no element`;
}

interface Reached {
  readonly path: ElementPath;
  readonly types: readonly string[];
}

/** One path for each type that the last step may have in JSON; undefined when a step is more than a path and plain conditions. */
function pathsOf(type: string, steps: readonly PathStep[], areReferences: boolean): ElementPath[] | undefined {
  let reached: readonly Reached[] = [{ path: [], types: [type] }];
  for (const [i, step] of steps.entries()) {
    if (step.kind === 'member') {
      const cast = steps[i + 1];
      const only = cast?.kind === 'of-type' ? cast.type : undefined;
      reached = reached.flatMap(({ path, types }) =>
        membersOf(types, step, only).map((one) => ({ path: [...path, ...one.path], types: one.types })),
      );
    } else if (step.kind === 'where') {
      const condition = conditionOf(step.condition);
      if (condition === undefined) return undefined;
      reached = reached.map(({ path, types }) => ({ path: [...path, condition], types }));
    } else {
      // The type is in the name of the member, or (of a whole resource) in the resource.
      const isResource = typeOf(step.type)?.kind === 'resource';
      const only: ElementPath = isResource ? [{ kind: 'equals', name: 'resourceType', value: step.type }] : [];
      reached = reached.map(({ path, types }) => ({ path: [...path, ...only], types: typesAfter(types, [step]) }));
    }
  }
  const ends = reached.filter(({ types }) => !areReferences || types.some(isReference));
  return distinct(ends.map(({ path, types }) => [...path, ...lastMembers(types[0] ?? '')]));
}

function distinct(paths: readonly ElementPath[]): ElementPath[] {
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()];
}

/** The JSON members of an element: one with its name, or one for each type of a choice. */
function membersOf(
  from: readonly string[],
  { name, index }: PathStep & { readonly kind: 'member' },
  only: string | undefined,
): Reached[] {
  const member = (inJson: string): ElementPath => [
    { kind: 'member', name: inJson, ...(index !== undefined && { index }) },
  ];
  return from.flatMap((type) => {
    const element = typeOf(type)?.elements.get(name);
    if (element === undefined) return [];
    const types = only === undefined ? element.types : typesAfter(element.types, [{ kind: 'of-type', type: only }]);
    if (!element.choice) return types.length === 0 ? [] : [{ path: member(name), types }];
    return types.map((one) => ({
      path: member(`${name}${one.charAt(0).toUpperCase()}${one.slice(1)}`),
      types: [one],
    }));
  });
}

/** Whether a reference parameter takes values of the type, of all that an element may have. */
function isReference(type: string): boolean {
  return (
    type === 'Reference' ||
    type === 'CodeableReference' ||
    isSubtype(type, 'uri') ||
    isSubtype(type, 'Resource') ||
    type === 'id'
  );
}

function lastMembers(type: string): ElementPath {
  const names = sortedMembers.get(type) ?? (typeOf(type)?.kind === 'resource' ? ['id'] : []);
  return names.map((name) => ({ kind: 'member', name }));
}

/** The conditions that search parameters have. */
function conditionOf(condition: string): ElementStep | undefined {
  const resolved = /^resolve\(\) is ([A-Za-z]+)$/.exec(condition);
  if (resolved !== null) return { kind: 'refers-to', type: resolved[1]! };
  const equal = /^(\w+)\s*=\s*'([^']*)'$/.exec(condition);
  if (equal !== null) return { kind: 'equals', name: equal[1]!, value: equal[2]! };
  const extended = /^extension\('([^']*)'\)\.exists\(\)$/.exec(condition);
  return extended === null ? undefined : { kind: 'has-extension', url: extended[1]! };
}
