/** Write rules about elements that access policies hide from a caller, or keep the caller from writing. */
import { memberOf } from '@dhp/fhir-model';
import type { StoredVersion } from '@dhp/fhir-store';
import { parseExactly } from '../presentation/exact-json.ts';
import { partlyHidden } from '../http/access.ts';
import { failure } from '../http/errors.ts';
import { withoutHidden } from './hidden-text.ts';
import type { StoredRule } from './write-rule.ts';

/** An update of a resource that is shown in part keeps the hidden part: `Partly.completed` adds it. */
export const hiddenElements: StoredRule = {
  name: 'hidden-elements',
  refuses: ['resource-partly-hidden', 'element-hidden'],
  decidesBy: 'stored',
  applies: ({ limits }, { kind }) => kind === 'update' && limits !== undefined && limits.hiddenOfAny.size > 0,
  check({ limits }, write, current) {
    if (write.kind !== 'update' || limits === undefined || current?.deleted !== false) return;
    // Such an update is for the version alone that it completes; one that must create nothing new changes nothing.
    if (write.completes !== undefined || (write.ifMatch === undefined && write.requireMatch)) return;
    if (withoutHidden(current.content.toString('utf8'), limits) !== undefined) throw partlyHidden(write.type, write.id);
  },
};

/** Elements that are read-only for the caller stay as they are stored; a new resource has none of them. */
export const readOnlyElements: StoredRule = {
  name: 'read-only-elements',
  refuses: ['element-read-only'],
  decidesBy: 'stored',
  applies: ({ limits }, { kind, type }) => kind !== 'delete' && limits !== undefined && limits.readOnly(type).size > 0,
  check({ limits }, write, current) {
    if (write.kind === 'delete' || limits === undefined) return;
    const { type } = write;
    const names = limits.readOnly(type);
    const [before, after] = [membersIn(textOf(current), type, names), membersIn(write.source.text, type, names)];
    const changed = [...new Set([...after.keys(), ...before.keys()])].find(
      (member) => before.get(member) !== after.get(member),
    );
    if (changed === undefined) return;
    const diagnostics = `${type}.${changed}: an access policy of this environment does not let you write this element. Send it as it is stored.`;
    throw failure('element-read-only', { type }, { diagnostics, expression: `${type}.${changed}` });
  },
};

function textOf(current: StoredVersion | undefined): string {
  return current?.deleted === false ? current.content.toString('utf8') : '{}';
}

/** The members of some elements as JSON: decimals as they are written, members of objects in one order. */
function membersIn(text: string, type: string, names: ReadonlySet<string>): Map<string, string> {
  const resource = parseExactly(text) as Readonly<Record<string, unknown>>;
  return new Map(
    Object.entries(resource).flatMap(([member, value]): [string, string][] =>
      names.has(memberOf(type, member)?.element.name ?? '') ? [[member, ordered(value)]] : [],
    ),
  );
}

function ordered(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member) && Object.getPrototypeOf(member) !== null
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
