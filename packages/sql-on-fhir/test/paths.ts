// Expressions as trees, as text, and evaluated without any engine: the reading of FHIRPath that the oracle has.
import type { Random } from '../../../tests/random.ts';
import { isPrimitiveType, model } from './world.ts';

/** One way from an item to others. */
type PathStep =
  | { readonly member: string; readonly of?: string }
  | { readonly where: string; readonly equals: string }
  | { readonly at: number }
  | { readonly call: 'first' };

type End = 'exists' | 'empty' | 'count' | 'join' | 'key' | 'patientKey';

export type Path =
  | {
      readonly steps: readonly PathStep[];
      readonly end?: End;
      /** The type of the item itself, without steps. */
      readonly itself?: string;
    }
  | { readonly literal: string | number | boolean }
  | { readonly variable: string }
  | { readonly own: 'resourceKey' };

export interface Scope {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

export function textOf(path: Path): string {
  if ('literal' in path) return typeof path.literal === 'string' ? `'${path.literal}'` : String(path.literal);
  if ('variable' in path) return `%${path.variable}`;
  if ('own' in path) return 'getResourceKey()';
  let text = '';
  for (const step of path.steps) {
    const dot = text === '' ? '' : '.';
    if ('member' in step) text += `${dot}${step.member}${step.of === undefined ? '' : `.ofType(${step.of})`}`;
    else if ('where' in step) text += `${dot}where(${step.where} = ${step.equals})`;
    else text += 'at' in step ? `[${step.at}]` : `${dot}first()`;
  }
  if (text === '') text = '$this';
  const ends = {
    exists: '.exists()',
    empty: '.empty()',
    count: '.count()',
    join: ".join('+')",
    key: '.getReferenceKey()',
    patientKey: '.getReferenceKey(Patient)',
  };
  return text + (path.end === undefined ? '' : ends[path.end]);
}

/** The items of a path, as plain JSON. */
export function evaluate(path: Path, item: unknown, scope: Scope): unknown[] {
  if ('literal' in path) return [path.literal];
  if ('variable' in path) return [scope.variables[path.variable]];
  if ('own' in path)
    return typeof scope.resource['id'] === 'string' && item === scope.resource ? [scope.resource['id']] : [];
  let items: unknown[] = [item];
  for (const step of path.steps) items = stepped(items, step, scope);
  return ended(items, path.end);
}

function ended(items: readonly unknown[], end: End | undefined): unknown[] {
  switch (end) {
    case undefined:
      return [...items];
    case 'exists':
      return [items.length > 0];
    case 'empty':
      return [items.length === 0];
    case 'count':
      return [items.length];
    case 'join':
      return [items.join('+')];
    case 'key':
    case 'patientKey':
      return items.flatMap((each) => {
        const [type, id, ...rest] = ((each as { reference?: string }).reference ?? '').split('/');
        const isRelative =
          /^[A-Z]/.test(type ?? '') && id !== undefined && (rest.length === 0 || rest[0] === '_history');
        return isRelative && (end === 'key' || type === 'Patient') ? [id] : [];
      });
  }
}

function stepped(items: readonly unknown[], step: PathStep, scope: Scope): unknown[] {
  if ('at' in step) return items.slice(step.at, step.at + 1);
  if ('call' in step) return items.slice(0, 1);
  if ('where' in step) {
    const wanted = step.equals.startsWith('%') ? scope.variables[step.equals.slice(1)] : step.equals.slice(1, -1);
    return items.filter((each) => (each as Record<string, unknown>)[step.where] === wanted);
  }
  const { member, of } = step;
  const name = of === undefined ? member : `${member}${of.charAt(0).toUpperCase()}${of.slice(1)}`;
  return items.flatMap(
    (each) =>
      (typeof each === 'object' && each !== null ? ((each as Record<string, unknown>)[name] ?? []) : []) as unknown[],
  );
}

export interface TypedPath {
  readonly path: Path;
  readonly type: string;
}

/** A random way along the model, which ends at a structure where `toStructure` asks for one. */
export function randomPath(from: string, random: Random, toStructure: boolean): TypedPath | undefined {
  const steps: PathStep[] = [];
  let type = from;
  for (let length = 1 + random.below(3); length > 0; length -= 1) {
    const elements = Object.entries(model[type] ?? {}).filter(
      ([, { types }]) => !toStructure || types.some((each) => !isPrimitiveType(each)),
    );
    if (elements.length === 0) break;
    const [member, element] = random.pick(elements);
    const types = element.types.filter((each) => !toStructure || !isPrimitiveType(each));
    type = random.pick(types);
    steps.push(element.types.length === 1 ? { member } : { member, of: type });
    if (type === 'HumanName' && random.oneIn(4))
      steps.push({ where: 'use', equals: random.pick(["'official'", '%official']) });
    if (type === 'ContactPoint' && random.oneIn(4))
      steps.push({ where: 'system', equals: random.pick(["'phone'", '%phone']) });
    if (element.many === true && random.oneIn(4)) steps.push(random.pick([{ at: random.below(3) }, { call: 'first' }]));
    if (isPrimitiveType(type)) break;
  }
  return steps.length === 0 ? undefined : { path: { steps }, type };
}

/** A random expression for a column: of any primitive type. */
export function randomColumnPath(from: string, random: Random): TypedPath {
  switch (random.below(10)) {
    case 0:
      return { path: { literal: random.pick(['x', 'y']) }, type: 'string' };
    case 1:
      return { path: { variable: 'rowIndex' }, type: 'integer' };
    case 2:
      return random.pick([
        { path: { variable: 'official' }, type: 'code' },
        { path: { variable: 'seven' }, type: 'integer' },
        { path: { variable: 'yes' }, type: 'boolean' },
      ]);
    case 3:
      return { path: { own: 'resourceKey' }, type: 'id' };
  }
  if (isPrimitiveType(from)) return { path: { steps: [], itself: from }, type: from };
  const found = randomPath(from, random, false);
  if (found === undefined || !('steps' in found.path)) return { path: { literal: 5 }, type: 'integer' };
  const { steps } = found.path;
  if (found.type === 'Reference')
    return { path: { steps, end: random.pick(['key', 'patientKey'] as const) }, type: 'id' };
  if (found.type === 'string' && random.oneIn(4)) return { path: { steps, end: 'join' }, type: 'string' };
  if (!isPrimitiveType(found.type) || random.oneIn(6)) {
    const end = random.pick(['exists', 'empty', 'count'] as const);
    return { path: { steps, end }, type: end === 'count' ? 'integer' : 'boolean' };
  }
  return found;
}
