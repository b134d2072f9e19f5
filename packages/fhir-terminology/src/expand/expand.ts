import type { Parameters, ValueSet, ValueSetExpansionContains } from '@dhp/fhir-model';
import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';
import type { Settings } from '../parameters/settings.ts';
import { standingOfValueSet, warningOf } from '../validate/canonical-status.ts';
import type { CheckContext } from '../validate/check-context.ts';
import { findValueSet, requireSupplements, wantSupplements } from '../validate/validate-code.ts';
import { nameOf } from '../value-set/value-set.ts';
import type { Member } from './member.ts';
import { Entries } from './entry.ts';
import type { MemberList } from './member-list.ts';
import type { Members, MembersCache } from './members.ts';
import { NearestAbove } from './nearest-above.ts';
import { Notes } from './notes.ts';

export interface ExpandOptions extends CheckContext {
  /** The most entries that one answer may have. */
  readonly limit: number;
  readonly members: MembersCache;
  /** The answer is a list, whatever the request asks for. */
  readonly flat: boolean;
  /** A fresh UUID for the expansion. */
  readonly newId: () => string;
}

/**
 * ValueSet/$expand (https://hl7.org/fhir/R5/valueset-operation-expand.html).
 * @param instance the value set of an instance level request
 * @throws TerminologyFault when the value set, or a part of it, is not known, or when there is more than fits in an answer
 * Ends the round of the options when it takes longer than a slice.
 */
export function expandValueSet(options: ExpandOptions, parameters: Parameters, instance?: ValueSet): ValueSet {
  const { knowledge, settings, now } = options;
  const valueSet = instance ?? findValueSet(options, parameters);
  wantSupplements(options, valueSet);
  settings.seeValueSet(valueSet);
  const notes = new Notes();
  noteSettings(notes, settings);
  const standing = standingOfValueSet(valueSet);
  const warning = warningOf(standing, standing);
  if (warning !== undefined) notes.add(`warning-${warning}`, { valueUri: nameOf(valueSet) });
  const members = options.members.get(options, valueSet);
  requireSupplements(knowledge);
  notes.addAll(members.notes);

  const { filter } = settings;
  const chosen =
    filter === undefined ? undefined : options.members.textOf(members, options).find(filter, options.budget);
  const total = (chosen ?? members.list).length;
  const { from, to } = pageOf(total, settings);
  if (to - from > options.limit) throw tooCostly(valueSet, options.limit);
  options.budget?.spend(20 * (to - from), 'the page of an expansion');
  const page = pick(members.list, chosen, from, to);
  const entries = new Entries(settings, now, options.budget);
  // The matches of a text in a whole code system are a list, as with other servers; one concept and all below it remains a tree.
  const isFound = filter !== undefined && members.hasWhole;
  const nested =
    !options.flat && !isFound && members.canNest && isWhole(settings, total) && !settings.is('excludeNested');
  const contains = nested
    ? nest(members, page, entries)
    : page.map((member) => entries.make(member, members.versioned));
  return {
    ...outline(valueSet, settings.is('includeDefinition')),
    expansion: {
      ...(notes.extensions.length > 0 && { extension: notes.extensions }),
      identifier: `urn:uuid:${options.newId()}`,
      timestamp: now.toISOString(),
      // Pages, and matches of a text, are counted as listed.
      ...((!notes.isEndless || filter !== undefined || settings.count !== undefined) && { total }),
      ...(settings.offset !== undefined && { offset: settings.offset }),
      parameter: notes.parameters,
      ...(entries.properties.length > 0 && { property: entries.properties }),
      ...(contains.length > 0 && { contains }),
    },
  };
}

/** The answer shows everything, so it can be a tree. */
function isWhole({ count, offset }: Settings, total: number): boolean {
  return (offset ?? 0) === 0 && (count === undefined || count > total);
}

function pageOf(total: number, { count = total, offset = 0 }: Settings): { from: number; to: number } {
  const from = Math.min(offset, total);
  return { from, to: Math.min(from + count, total) };
}

/** Members from a place to before another, of all or of those chosen. */
function pick(list: MemberList, chosen: Uint32Array | undefined, from: number, to: number): Member[] {
  return chosen === undefined ? list.slice(from, to) : Array.from(chosen.subarray(from, to), (row) => list.at(row));
}

/** Nests each member below its nearest ancestor. */
function nest(all: Members, members: readonly Member[], entries: Entries): ValueSetExpansionContains[] {
  const roots: ValueSetExpansionContains[] = [];
  const made = new Map<string, ValueSetExpansionContains>();
  const nearest = new NearestAbove();
  for (const member of members) {
    const { system, concept } = member;
    const entry = entries.make(member, all.versioned);
    made.set(all.key(system.header, concept.code), entry);
    nearest.made(system, concept);
    const parent = nearest.above(system, concept, (code) => made.get(all.key(system.header, code)));
    if (parent === undefined) roots.push(entry);
    else (parent.contains ??= []).push(entry);
  }
  return roots;
}

/** Elements of the value set that an expansion never repeats, and those that it repeats only with `includeDefinition`. */
const never = ['id', 'meta', 'text', 'expansion'];
const definition = ['compose', 'purpose', 'description', 'contact', 'copyright', 'publisher', 'extension', 'contained'];

/** The value set as the expansion shows it. */
function outline(valueSet: ValueSet, withDefinition: boolean): ValueSet {
  const left = withDefinition ? never : [...never, ...definition];
  return Object.fromEntries(Object.entries(valueSet).filter(([name]) => !left.includes(name))) as unknown as ValueSet;
}

function noteSettings(notes: Notes, settings: Settings): void {
  if (settings.filter !== undefined) notes.add('filter', { valueString: settings.filter });
  if (settings.languages !== undefined) notes.add('displayLanguage', { valueCode: settings.languages.text });
  if (settings.asOf !== undefined) notes.add('date', { valueDateTime: settings.asOf.toISOString() });
  for (const designation of settings.designations) notes.add('designation', { valueString: designation });
  for (const flag of [
    'excludeNested',
    'activeOnly',
    'includeDesignations',
    'includeDefinition',
    'excludeNotForUI',
    'excludePostCoordinated',
  ] as const) {
    const value = settings.flags[flag];
    if (value !== undefined) notes.add(flag, { valueBoolean: value });
  }
  if (settings.offset !== undefined) notes.add('offset', { valueInteger: settings.offset });
  if (settings.count !== undefined) notes.add('count', { valueInteger: settings.count });
}

function tooCostly(valueSet: ValueSet, limit: number): TerminologyFault {
  const id = 'VALUESET_TOO_COSTLY';
  const text = message(id, nameOf(valueSet), String(limit));
  return new TerminologyFault('too-costly', [issue('error', 'too-costly', { id, text })]);
}
