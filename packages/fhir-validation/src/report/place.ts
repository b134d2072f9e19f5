import type { JsonSource } from '@dhp/fhir-model';
import type { Issue } from '../issue.ts';
import { itemsAt, membersAt, skipSpace } from './json-text.ts';

/** Line and column in the source text, both from 1; the column counts characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The places of findings in the text that was validated, in the order of the findings. */
export function placeIssues(issues: readonly Issue[], source: JsonSource): Place[] {
  const known = new Map<string, Place>();
  return issues.map(({ expression, id, values }) => {
    // An element that should not be there is shown itself, not what it stands in.
    const path = id === 'unknown-element' ? `${expression}.${values['element']!}` : expression;
    let place = known.get(path);
    if (place === undefined) {
      place = placeAt(source.text, offsetOf(source.text, pathSteps(path)));
      known.set(path, place);
    }
    return place;
  });
}

interface PathStep {
  readonly name: string;
  /** -1: none. */
  readonly index: number;
}

/** `Patient.value.ofType(Quantity).coding[0]` without its root: the JSON names to go by. */
function pathSteps(expression: string): PathStep[] {
  const cast = expression.replaceAll(
    /\.ofType\((\w)(\w*)\)/g,
    (_, first: string, rest: string) => first.toUpperCase() + rest,
  );
  return cast
    .split('.')
    .slice(1)
    .map((part) => {
      const match = /^(.*)\[(\d+)\]$/.exec(part);
      return match === null ? { name: part, index: -1 } : { name: match[1]!, index: Number(match[2]) };
    });
}

/** The offset of the value that the steps lead to in a well-formed JSON text; of the nearest one above when it ends before. */
function offsetOf(text: string, steps: readonly PathStep[]): number {
  let at = skipSpace(text, 0);
  for (const [i, { name, index }] of steps.entries()) {
    const isPrimitive = i + 1 < steps.length && !isContainer(text, memberOf(text, at, name), index);
    // Extensions of a primitive stand in the member with an underscore.
    const member =
      (isPrimitive ? memberOf(text, at, `_${name}`) : memberOf(text, at, name)) ?? memberOf(text, at, `_${name}`);
    if (member === undefined) return at;
    at = index < 0 ? member : (itemOf(text, member, index) ?? member);
  }
  return at;
}

function isContainer(text: string, at: number | undefined, index: number): boolean {
  if (at === undefined) return false;
  const value = index < 0 ? at : (itemOf(text, at, index) ?? at);
  return text[value] === '{' || text[value] === '[';
}

/** The offset of a member's value in the object that begins at `at`. */
function memberOf(text: string, at: number, name: string): number | undefined {
  for (const member of membersAt(text, at)) if (member.name === name) return member.value;
  return undefined;
}

function itemOf(text: string, at: number, index: number): number | undefined {
  let n = 0;
  for (const item of itemsAt(text, at)) {
    if (n === index) return item;
    n += 1;
  }
  return undefined;
}

function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: before.at(-1)!.replaceAll(/[\ud800-\udbff][\udc00-\udfff]/g, '.').length + 1 };
}
