import { isSubtype, typeOf } from '@dhp/fhir-model';
import type { SearchParameter } from '../parameters/search-parameters.ts';
import { parameterPaths, typesAfter, type Step } from './parameter-paths.ts';

/** What stands in for a value when it is sorted by, below the element. */
const sortedMember: Readonly<Record<string, string>> = {
  Reference: '."reference"',
  CodeableReference: '."reference"."reference"',
  Identifier: '."value"',
  ContactPoint: '."value"',
  CodeableConcept: '."coding"."code"',
  Coding: '."code"',
};

/**
 * SQL/JSON paths (lax) of the texts that a token, reference or uri parameter looks at, in the order of its expression. A text
 * instead says why there are none.
 */
export function sortPaths(type: string, parameter: SearchParameter): readonly string[] | string {
  if (parameter.code === '_in') return '_in asks for membership, which has no order';
  if (parameter.type !== 'token' && parameter.type !== 'reference' && parameter.type !== 'uri') {
    return `${parameter.code} of ${type}, of type ${parameter.type}, has no order of its own`;
  }
  const found: string[] = [];
  for (const { steps } of parameterPaths(type, parameter)) {
    const paths = steps === undefined ? undefined : pathsOf(type, steps, parameter.type === 'reference');
    if (paths === undefined) return `${parameter.code} of ${type} is more than a path: ${parameter.expression ?? ''}`;
    found.push(...paths);
  }
  return found.length > 0 ? found : `${parameter.code} of ${type} looks at no element`;
}

/**
 * One path for each type that the last step may have in JSON; undefined when a step cannot be said in SQL/JSON. `[*]` at the end:
 * lax paths look into lists on their way, but give one at their end as a whole.
 */
function pathsOf(type: string, steps: readonly Step[], areReferences: boolean): string[] | undefined {
  let paths: { readonly text: string; readonly types: readonly string[] }[] = [{ text: '$', types: [type] }];
  for (const [i, step] of steps.entries()) {
    if (step.kind === 'member') {
      const cast = steps[i + 1];
      const only = cast?.kind === 'of-type' ? cast.type : undefined;
      paths = paths.flatMap(({ text, types }) =>
        membersOf(types, step, only).map((one) => ({ ...one, text: text + one.text })),
      );
    } else if (step.kind === 'where') {
      const condition = conditionOf(step.condition);
      if (condition === undefined) return undefined;
      paths = paths.map(({ text, types }) => ({ text: `${text} ? (${condition})`, types }));
    } else {
      // The type is in the name of the member, or (of a whole resource) in the resource.
      const isResource = typeOf(step.type)?.kind === 'resource';
      const only = isResource ? ` ? (@."resourceType" == ${JSON.stringify(step.type)})` : '';
      paths = paths.map(({ text, types }) => ({ text: text + only, types: typesAfter(types, [step]) }));
    }
  }
  const ends = paths.filter(({ types }) => !areReferences || types.some(isReference));
  return [...new Set(ends.map(({ text, types }) => `${text}${lastMember(types[0] ?? '')}[*]`))];
}

/** The JSON members of an element: one of its name, or one a type of its choice. */
function membersOf(
  from: readonly string[],
  { name, index }: Step & { readonly kind: 'member' },
  only: string | undefined,
): { readonly text: string; readonly types: readonly string[] }[] {
  const at = index === undefined ? '' : `[${index}]`;
  return from.flatMap((type) => {
    const element = typeOf(type)?.elements.get(name);
    if (element === undefined) return [];
    const types = only === undefined ? element.types : typesAfter(element.types, [{ kind: 'of-type', type: only }]);
    if (!element.choice) return types.length === 0 ? [] : [{ text: `."${name}"${at}`, types }];
    return types.map((one) => ({ text: `."${name}${one.charAt(0).toUpperCase()}${one.slice(1)}"${at}`, types: [one] }));
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

function lastMember(type: string): string {
  return sortedMember[type] ?? (typeOf(type)?.kind === 'resource' ? '."id"' : '');
}

/** The conditions that search parameters have, as filters of SQL/JSON. */
function conditionOf(condition: string): string | undefined {
  const resolved = /^resolve\(\) is ([A-Za-z]+)$/.exec(condition);
  if (resolved !== null) return `@."reference" like_regex "(^|/)${resolved[1]!}/[A-Za-z0-9.-]+"`;
  const equal = /^(\w+)\s*=\s*'([^']*)'$/.exec(condition);
  if (equal !== null) return `@."${equal[1]!}" == ${JSON.stringify(equal[2])}`;
  const extended = /^extension\('([^']*)'\)\.exists\(\)$/.exec(condition);
  return extended === null ? undefined : `exists(@."extension" ? (@."url" == ${JSON.stringify(extended[1])}))`;
}
