import { isId, isResourceType, resourceTypes } from '@dhp/fhir-model';
import type { Reference, Value } from '../../ast/value.ts';
import { elementPaths } from '../../parameters/element-paths.ts';
import { partParameters } from '../../parameters/belonging.ts';
import { hasReferences } from '../../parameters/value-types.ts';
import { searchParameter } from '../../parameters/search-parameters.ts';
import { badValue, refuse, type Ask } from '../ask.ts';
import { unescape } from '../escapes.ts';
import { nearNames } from '../near-names.ts';
import { requireShown } from '../unknown-parameter.ts';
import { wordsValue } from '../words.ts';
import { shortTextValue } from './string.ts';
import { token } from './token.ts';

/** https://hl7.org/fhir/R5/search.html#reference */
export function referenceValues(ask: Ask, values: readonly string[]): Value[] {
  const { modifier, name } = ask;
  switch (modifier) {
    case 'identifier':
      return values.map((value) => token(ask, value));
    case 'text':
      return values.map((value) => shortTextValue(ask, value));
    case 'text-advanced':
      return values.map((value) => wordsValue(ask, value));
    case 'code-text':
      return refuse({
        kind: 'not-supported',
        parameter: name,
        expected: ':code-text compares codes, which a reference has none of; :text compares its display',
      });
    case 'in':
    case 'not-in':
      return amongMembers(ask, values, modifier);
    case 'above':
    case 'below':
    case 'contains':
      return hierarchical(ask, values, modifier);
    case undefined:
    default:
      return values.map((value) => reference(ask, unescape(value)));
  }
}

const collection = /^(List|Group)\/([A-Za-z0-9.-]{1,64})$/;

/** A reference to a member of a List or Group. https://hl7.org/fhir/R5/search.html#modifierin */
function amongMembers(ask: Ask, values: readonly string[], modifier: 'in' | 'not-in'): Value[] {
  const { name, parameter, options } = ask;
  const { collections } = options;
  if (collections === undefined) {
    const expected = `:${modifier} needs a look-up, which this search has none of`;
    return refuse({ kind: 'not-supported', parameter: name, expected });
  }
  const found = values.map((value) => {
    const text = unescape(value);
    const own = options.ownBases.find((base) => text.startsWith(`${base}/`));
    const match = collection.exec(own === undefined ? text : text.slice(own.length + 1));
    if (match === null) return badValue(ask, text, 'List/id or Group/id');
    const [type, id] = [match[1] as 'List' | 'Group', match[2]!];
    return { type: 'collection', collection: type, id, members: collections.members(type, id) } as const;
  });
  const plain = { ...ask, modifier: undefined };
  return found.map(({ members, ...rest }) => ({
    ...rest,
    members: members
      .filter(({ type }) => parameter.target.length === 0 || parameter.target.includes(type))
      .map(({ type, id }) => reference(plain, `${type}/${id}`)),
  }));
}

/**
 * `:above` and `:below` of a reference; `:contains` is both. Of the reference by which the parts name their whole (`Task?part-of`) it finds
 * the branch itself, from the root to the leaves. https://hl7.org/fhir/R5/search.html#recursive, #modifiercontains
 */
function hierarchical(ask: Ask, values: readonly string[], direction: 'above' | 'below' | 'contains'): Value[] {
  const { name, parameter, options, type: own } = ask;
  const refused = (expected: string) => refuse({ kind: 'not-supported', parameter: name, expected });
  if (!hasReferences(own, parameter)) {
    if (direction === 'below') return values.map((value) => canonicalBelow(ask, value));
    if (direction === 'contains')
      return refused(':contains of a canonical has no meaning; it is for references in a hierarchy');
    return refused(':above of a canonical has no meaning: a version is part of no other one');
  }
  const parts = parameter.target.flatMap((type) => partParameters(type).map((code) => ({ type, code })));
  for (const { type, code } of parts) requireShown(searchParameter(type, code, options.own)!, name);
  if (parts.length === 0)
    return refused(`:${direction} where the target is part of others of its type, as a Location is`);
  const { hierarchies } = options;
  if (hierarchies === undefined)
    return refused(`:${direction} of a reference needs a look-up, which this search has none of`);
  const relatedOf = (type: string, code: string, id: string): readonly string[] =>
    direction === 'contains'
      ? (['above', 'below'] as const).flatMap((each) => hierarchies.related(each, type, code, id))
      : hierarchies.related(direction, type, code, id);
  const isBranch = direction === 'contains' && partParameters(own).includes(parameter.code);
  return values.map((value): Value => {
    const of = reference({ ...ask, modifier: undefined }, unescape(value));
    if (isBranch) {
      const leads = !('url' in of) && (of.target === undefined || of.target === own);
      return { type: 'branch', of, ids: leads ? relatedOf(own, parameter.code, of.id) : [] };
    }
    if ('url' in of) return { type: 'hierarchy', of, related: [] };
    const possible = of.target === undefined ? parts : parts.filter(({ type }) => type === of.target);
    const related = possible.flatMap(({ type, code }) => relatedOf(type, code, of.id).map((id) => ({ type, id })));
    return { type: 'hierarchy', of, related };
  });
}

/** Every version is below the canonical without one, and `1.2.0` below `1` and `1.2`. https://hl7.org/fhir/R5/search.html#versions */
function canonicalBelow(ask: Ask, value: string): Value {
  const canonical = unescape(value);
  const at = canonical.lastIndexOf('|');
  const [url, version] = at < 0 ? [canonical, ''] : [canonical.slice(0, at), canonical.slice(at + 1)];
  const of = reference({ ...ask, modifier: undefined }, url);
  if (version !== '') {
    const paths = elementPaths(ask.type, ask.parameter);
    if (typeof paths === 'string') return refuse({ kind: 'not-supported', parameter: ask.name, expected: paths });
  }
  return { type: 'canonical', of, url, version };
}

const local = /^([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/([A-Za-z0-9.-]{1,64}))?$/;
const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/;
const versioned = /\/_history\/([A-Za-z0-9.-]{1,64})$/;

/** The reference in a text. @param text unescaped @throws SearchFault */
export function reference(ask: Ask, text: string): Reference {
  const base = ask.options.ownBases.find((one) => text.startsWith(`${one}/`));
  const match = local.exec(base === undefined ? text : text.slice(base.length + 1));
  if (match !== null && (base === undefined || isResourceType(match[1]!))) {
    const [, target = '', id = '', version] = match;
    requireTarget(ask, text, target);
    return { type: 'reference', target, id, ...(version !== undefined && { version }) };
  }
  if (absolute.test(text)) {
    const version = versioned.exec(text)?.[1];
    // The version of a URL is as that of a canonical.
    return { type: 'reference', url: version === undefined ? text : `${text.replace(versioned, '')}|${version}` };
  }
  if (isId(text)) return { type: 'reference', id: text };
  return badValue(
    ask,
    text,
    'a reference: id, Type/id, Type/id/_history/version, an absolute URL or a canonical|version',
  );
}

function requireTarget(ask: Ask, text: string, target: string): void {
  const { modifier, name, parameter } = ask;
  if (!isResourceType(target)) {
    const near = nearNames(target, resourceTypes);
    const expected = `a type of resource before the slash, such as ${parameter.target[0] ?? 'Patient'}`;
    refuse({ kind: 'bad-value', parameter: name, value: text, near, expected });
  }
  if (modifier !== undefined && modifier !== target) {
    badValue(ask, text, `a reference to a ${modifier}, as the modifier :${modifier} says`);
  }
}
