import { isSubtype, typeOf } from '@dhp/fhir-model';
import type { SearchParameter } from './search-parameters.ts';
import { branchesOf } from './expression-branches.ts';

/** A step of a path through a resource. */
export type PathStep =
  | { readonly kind: 'member'; readonly name: string; readonly index: number | undefined }
  | { readonly kind: 'of-type'; readonly type: string }
  /** Only items for which the condition, in FHIRPath, holds. */
  | { readonly kind: 'where'; readonly condition: string };

/** One place that a search parameter reads. */
export interface ParameterPath {
  /** Undefined if the expression is more than a path. */
  readonly steps: readonly PathStep[] | undefined;
  /** The FHIR types of the values there; empty if they are unknown. */
  readonly types: readonly string[];
}

const known = new Map<string, readonly ParameterPath[]>();

/** The places that a search parameter reads in a resource of the type, as far as its expression consists of paths. */
export function parameterPaths(type: string, parameter: SearchParameter): readonly ParameterPath[] {
  const key = `${type} ${parameter.rows}`;
  let paths = known.get(key);
  if (paths === undefined) {
    paths = branchesOf(parameter.expression ?? '', type)
      .map((branch) => pathOf(branch, type))
      // A branch without the name of a type may be meant for another type with such an element.
      .filter(({ steps, types }) => steps === undefined || types.length > 0);
    known.set(key, paths);
  }
  return paths;
}

/** The FHIR types of all values of the parameter. */
export function valueTypes(type: string, parameter: SearchParameter): ReadonlySet<string> {
  return new Set(parameterPaths(type, parameter).flatMap(({ types }) => types));
}

/**
 * Whether a resource has at most one value of the parameter. Several paths may be one element, which has one of several types.
 * @example
 * isSingle('Patient', searchParameter('Patient', 'birthdate')!); // true
 * isSingle('Patient', searchParameter('Patient', 'name')!); // false
 */
export function isSingle(type: string, parameter: SearchParameter): boolean {
  const paths = parameterPaths(type, parameter);
  const elements = new Set(paths.map(({ steps }) => steps && JSON.stringify(steps.filter(isMember))));
  return elements.size === 1 && paths.every(({ steps }) => steps !== undefined && leadsToOne(type, steps));
}

function leadsToOne(type: string, steps: readonly PathStep[]): boolean {
  let types: readonly string[] = [type];
  for (const step of steps) {
    if (isMember(step) && types.some((one) => typeOf(one)?.elements.get(step.name)?.max !== 1)) return false;
    types = typesAfter(types, [step]);
  }
  return true;
}

function isMember(step: PathStep): step is Extract<PathStep, { kind: 'member' }> {
  return step.kind === 'member';
}

function pathOf(branch: string, type: string): ParameterPath {
  const steps = stepsOf(branch);
  if (steps !== undefined) return { steps, types: typesAfter([type], steps) };
  return { steps, types: comparison.test(branch) ? ['boolean'] : [] };
}

/** The end of an expression whose value is true or false: `… and Patient.deceased != false`, `….exists()`. */
const comparison = / !?= [\w.'-]+$|\.(?:exists|empty|not)\(\)$/;

/** The steps of `a.b[0].ofType(C).where(…).extension('url').d as E`; undefined for anything else. */
function stepsOf(branch: string): PathStep[] | undefined {
  const cast = / as ([A-Za-z]\w*)$/.exec(branch);
  if (cast !== null) {
    const before = stepsOf(branch.slice(0, cast.index));
    return before === undefined ? undefined : [...before, { kind: 'of-type', type: cast[1]! }];
  }
  const steps: PathStep[] = [];
  let rest = branch;
  while (rest !== '') {
    const call = /^(ofType|as|where|extension)\(/.exec(rest);
    const member = /^([A-Za-z]\w*)(?:\[(\d+)\])?(?=\.|$)/.exec(rest);
    let length: number;
    if (call !== null) {
      const end = closing(rest, call[0].length);
      if (end < 0) return undefined;
      const argument = rest.slice(call[0].length, end).trim();
      steps.push(...calledSteps(call[1]!, argument));
      length = end + 1;
    } else if (member !== null) {
      steps.push({ kind: 'member', name: member[1]!, index: member[2] === undefined ? undefined : Number(member[2]) });
      length = member[0].length;
    } else return undefined;
    rest = rest.slice(length);
    if (rest === '') break;
    if (!rest.startsWith('.')) return undefined;
    rest = rest.slice(1);
  }
  return steps;
}

function calledSteps(name: string, argument: string): PathStep[] {
  if (name === 'where') return [{ kind: 'where', condition: argument }];
  if (name !== 'extension') return [{ kind: 'of-type', type: argument }];
  return [
    { kind: 'member', name: 'extension', index: undefined },
    { kind: 'where', condition: `url=${argument}` },
  ];
}

/** Returns the end of the parenthesis that is open at `from`; -1 when it is not closed. */
function closing(text: string, from: number): number {
  let [depth, quoted] = [1, false];
  for (let i = from; i < text.length; i++) {
    if (text[i] === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (text[i] === '(') depth += 1;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

/** The types to which the steps lead from items of the types. */
export function typesAfter(from: readonly string[], steps: readonly PathStep[]): string[] {
  let types = [...from];
  for (const one of steps) {
    if (one.kind === 'member') types = types.flatMap((type) => typeOf(type)?.elements.get(one.name)?.types ?? []);
    else if (one.kind === 'of-type') types = types.flatMap((type) => castOf(type, one.type));
  }
  return [...new Set(types)];
}

/** Returns the type after a cast: the type itself if it specialises the other, the other if it is a specialisation, else nothing. */
function castOf(type: string, to: string): string[] {
  if (isSubtype(type, to)) return [type];
  return isSubtype(to, type) ? [to] : [];
}
