/**
 * The text of a resource without the elements that are hidden from a caller. It is marked with the tag SUBSETTED, whether it has such elements
 * or not: that would tell of them.
 */
import { memberOf } from '@dhp/fhir-model';
import { parseExactly } from '../presentation/exact-json.ts';
import { afterValue, eachElement, eachMember } from '../json/spans.ts';
import { isPolicyTag, policyTag } from '../contract/policy-tag.ts';
import type { ElementLimits } from './element-limits.ts';

export type Hidden = Pick<ElementLimits, 'hidden'>;

/** Elements that hold whole resources, by the type that has them. https://hl7.org/fhir/R5/references.html#contained */
const holders: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({
    Bundle: ['entry'],
    'Bundle.entry': ['resource', 'response'],
    'Bundle.entry.response': ['outcome'],
    Parameters: ['parameter'],
    'Parameters.parameter': ['resource', 'part'],
  }),
);

/** Returns undefined if nothing of such resources, or of those that they hold, is hidden. */
export function withoutHidden(text: string, hidden: Hidden): string | undefined {
  const start = text.indexOf('{');
  if (start < 0) return undefined;
  const shown = resourceAt(text, start, hidden, false);
  return shown.isPart ? text.slice(0, start) + shown.text : undefined;
}

/** Whether an element of a resource is hidden. @param member its name in JSON */
export function isHidden(type: string, member: string, hidden: Hidden): boolean {
  const names = hidden.hidden(type);
  if (names.size === 0) return false;
  return names.has(memberOf(type, member)?.element.name ?? '');
}

interface Shown {
  readonly text: string;
  /** Whether anything may be left out. */
  readonly isPart: boolean;
}

function resourceAt(text: string, start: number, hidden: Hidden, isContained: boolean): Shown {
  const type = resourceTypeAt(text, start);
  let isPart = hidden.hidden(type).size > 0;
  const members: string[] = [];
  eachMember(text, start, (key, value) => {
    const end = afterValue(text, value);
    if (isHidden(type, key, hidden)) return end;
    const held = heldIn(text, value, { type, key, hidden });
    isPart ||= held?.isPart === true;
    members.push(`${JSON.stringify(key)}:${held?.isPart === true ? held.text : text.slice(value, end)}`);
    return end;
  });
  if (!isPart) return { text: text.slice(start, afterValue(text, start)), isPart };
  return { text: `{${(isContained ? members : tagged(members)).join(',')}}`, isPart };
}

/** The value of a member that holds resources; undefined for others. */
function heldIn(
  text: string,
  value: number,
  { type, key, hidden }: { readonly type: string; readonly key: string; readonly hidden: Hidden },
): Shown | undefined {
  const inside = `${type}.${key}`;
  if (key === 'contained') return each(text, value, (at) => resourceAt(text, at, hidden, true));
  if (holders.get(type)?.includes(key) !== true) return undefined;
  if (key === 'resource' || key === 'outcome') return each(text, value, (at) => resourceAt(text, at, hidden, false));
  return each(text, value, (at) => partAt(text, at, key === 'part' ? type : inside, hidden));
}

/** An object that is no resource, and may hold some. */
function partAt(text: string, start: number, type: string, hidden: Hidden): Shown {
  const shown: Shown[] = [];
  eachMember(text, start, (key, value) => {
    const end = afterValue(text, value);
    const held = heldIn(text, value, { type, key, hidden });
    const json = held?.text ?? text.slice(value, end);
    shown.push({ text: `${JSON.stringify(key)}:${json}`, isPart: held?.isPart === true });
    return end;
  });
  const isPart = shown.some((one) => one.isPart);
  const members = shown.map((one) => one.text);
  return { text: isPart ? `{${members.join(',')}}` : text.slice(start, afterValue(text, start)), isPart };
}

/** An object, or each of a list; anything else stays as it is. */
function each(text: string, value: number, show: (start: number) => Shown): Shown {
  const first = text.charCodeAt(value);
  if (first === 0x7b) return show(value);
  if (first !== 0x5b) return { text: text.slice(value, afterValue(text, value)), isPart: false };
  const shown: Shown[] = [];
  eachElement(text, value, (_, at) => {
    const end = afterValue(text, at);
    shown.push(text.charCodeAt(at) === 0x7b ? show(at) : { text: text.slice(at, end), isPart: false });
    return end;
  });
  return { text: `[${shown.map((one) => one.text).join(',')}]`, isPart: shown.some(({ isPart }) => isPart) };
}

function resourceTypeAt(text: string, start: number): string {
  let type = '';
  eachMember(text, start, (key, value) => {
    const end = afterValue(text, value);
    if (key === 'resourceType' && text.charCodeAt(value) === 0x22) type = JSON.parse(text.slice(value, end)) as string;
    return end;
  });
  return type;
}

/** The members with the tag in their meta, which is added behind the type and the id if missing. */
function tagged(members: readonly string[]): string[] {
  const at = members.findIndex((member) => member.startsWith('"meta":{'));
  if (at >= 0) {
    const meta = parseExactly(members[at]!.slice('"meta":'.length)) as { tag?: unknown };
    const given = Array.isArray(meta.tag) ? (meta.tag as unknown[]) : [];
    // Shown before, it has it.
    const tag = given.some(isPolicyTag) ? given : [...given, policyTag];
    return members.with(at, `"meta":${JSON.stringify({ ...meta, tag })}`);
  }
  const behind = members.findLastIndex((member) => /^"(?:resourceType|id)":/.test(member)) + 1;
  return members.toSpliced(behind, 0, `"meta":${JSON.stringify({ tag: [policyTag] })}`);
}
