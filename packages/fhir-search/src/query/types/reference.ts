import { isId, isResourceType, resourceTypes } from '@dhp/fhir-model';
import { hash64 } from '../../index/hash.ts';
import { keyOf, referenceText, seedOf, untypedText } from '../../index/keys.ts';
import { isSubject, referenceSeed } from '../../index/shared-references.ts';
import { isPresent } from '../../index/usual-parameters.ts';
import { leadsAnywhere, searchParameter } from '../../parameters/search-parameters.ts';
import { badValue, refuse, type Ask } from '../ask.ts';
import { allOf, anyOf, not } from '../combine.ts';
import type { Condition } from '../condition.ts';
import { unescape } from '../escapes.ts';
import { nearNames } from '../near-names.ts';
import { sortPaths } from '../sort-paths.ts';
import { textQuery } from '../text-query.ts';
import { impliesPatientCompartment } from '../patient-parameters.ts';
import { hasReferences } from '../value-types.ts';
import { normalised } from './string.ts';
import { tokenAsked, tokenParts } from './token.ts';

/** https://hl7.org/fhir/R5/search.html#reference */
export function referenceCondition(given: Ask, values: readonly string[]): Condition {
  const { type, parameter, modifier, name } = given;
  const ask = { ...given, seed: referenceSeed(type, parameter.rows) };
  const words = seedOf(type, parameter.rows, 'text');
  switch (modifier) {
    case 'identifier': {
      const seed = seedOf(type, parameter.rows, 'identifier');
      const any = values.map((value) => keyOf(seed, tokenAsked(tokenParts(ask, value))));
      return { op: 'keys', any, expect: 'one' };
    }
    case 'text':
      return anyOf(
        values.map((value) => ({ op: 'words', parameter: words, match: 'starts', text: normalised(ask, value) })),
      );
    case 'text-advanced':
      return anyOf(
        values.map((value) =>
          textQuery(ask, value, (text) => ({ op: 'words', parameter: words, match: 'contains', text })),
        ),
      );
    case 'code-text':
      return refuse({
        kind: 'not-supported',
        parameter: name,
        expected: ':code-text compares codes, which a reference has none of; :text compares its display',
      });
    case 'in':
      return amongMembers(ask, values);
    case 'not-in':
      return not(amongMembers(ask, values));
    case 'above':
    case 'below':
    case 'contains':
      return hierarchical(ask, values, modifier);
    case undefined:
    default:
      return plain(ask, values);
  }
}

/** A reference that is asked for: to a resource of this server (`id` alone: of any type), or by a URL. */
type Asked =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'local'; readonly type: string; readonly id: string; readonly version: string | undefined }
  | { readonly kind: 'url'; readonly url: string };

function plain(ask: Ask, values: readonly string[]): Condition {
  const asked = values.map((value) => referenceAsked(ask, unescape(value)));
  const isUntyped = ask.modifier === undefined && leadsAnywhere(ask.parameter);
  const texts = new Set(
    asked.flatMap((one) => (isUntyped && one.kind === 'id' ? [untypedText(one.id)] : textsOf(ask, one))),
  );
  // Profiles are as many as types, and have as many resources.
  const expect = ask.parameter.code === '_profile' ? 'many' : 'some';
  const keys: Condition = { op: 'keys', any: [...texts].map((text) => keyOf(ask.seed, text)), expect };
  const { type, parameter } = ask;
  const patients = asked.map((one) => patientOf(ask, one));
  if (patients.some((id) => id === undefined)) {
    // The keys are those of any subject.
    return isSubject(type, parameter.rows) ? allOf([keys, isPresent(type, parameter.rows)]) : keys;
  }
  if (!impliesPatientCompartment(type, parameter)) return keys;
  // Whatever refers to a patient by this parameter is in its compartment, by which the store finds it faster.
  return allOf([{ op: 'patient', any: patients.map((id) => hash64(referenceText('Patient', id!))) }, keys]);
}

const collection = /^(List|Group)\/([A-Za-z0-9.-]{1,64})$/;

/** A reference to what a List or Group names. https://hl7.org/fhir/R5/search.html#modifierin */
function amongMembers(ask: Ask, values: readonly string[]): Condition {
  const { name, parameter, options } = ask;
  const { collections } = options;
  if (collections === undefined) {
    const expected = `:${ask.modifier!} needs a look-up, which this search has none of`;
    return refuse({ kind: 'not-supported', parameter: name, expected });
  }
  const members = values.flatMap((value) => {
    const text = unescape(value);
    const own = options.ownBases.find((base) => text.startsWith(`${base}/`));
    const match = collection.exec(own === undefined ? text : text.slice(own.length + 1));
    return match === null
      ? badValue(ask, text, 'List/id or Group/id')
      : collections.members(match[1] as 'List' | 'Group', match[2]!);
  });
  const possible = members.filter(({ type }) => parameter.target.length === 0 || parameter.target.includes(type));
  const texts = new Set(possible.map(({ type, id }) => referenceText(type, id)));
  return texts.size === 0 ? anyOf([]) : plain({ ...ask, modifier: undefined }, [...texts]);
}

/**
 * `:above` and `:below` of a reference; `:contains` is both. Of the reference by which the parts name their whole (`Task?part-of`) it finds
 * the branch itself, from the root to the leaves. https://hl7.org/fhir/R5/search.html#recursive, #modifiercontains
 */
function hierarchical(ask: Ask, values: readonly string[], direction: 'above' | 'below' | 'contains'): Condition {
  const { name, parameter, options } = ask;
  const refused = (expected: string) => refuse({ kind: 'not-supported', parameter: name, expected });
  if (!hasReferences(ask.type, parameter)) {
    if (direction === 'below') return anyOf(values.map((value) => canonicalBelow(ask, value)));
    if (direction === 'contains')
      return refused(':contains of a canonical has no meaning; it is for references in a hierarchy');
    return refused(':above of a canonical has no meaning: a version is part of no other one');
  }
  const parts = parameter.target.flatMap((type) => partParameters(type).map((code) => ({ type, code })));
  if (parts.length === 0)
    return refused(`:${direction} where the target is part of others of its type, as a Location is`);
  const { hierarchies } = options;
  if (hierarchies === undefined)
    return refused(`:${direction} of a reference needs a look-up, which this search has none of`);
  const relatedOf = (type: string, code: string, id: string): readonly string[] =>
    direction === 'contains'
      ? (['above', 'below'] as const).flatMap((each) => hierarchies.related(each, type, code, id))
      : hierarchies.related(direction, type, code, id);
  const {
    type: own,
    parameter: { code: link },
  } = ask;
  if (direction === 'contains' && partParameters(own).includes(link)) {
    const ids = values.flatMap((value) => {
      const asked = referenceAsked({ ...ask, modifier: undefined }, unescape(value));
      return asked.kind === 'url' || (asked.kind === 'local' && asked.type !== own)
        ? []
        : relatedOf(own, link, asked.id);
    });
    return { op: 'id', any: [...new Set(ids)] };
  }
  const texts = values.flatMap((value) => {
    const asked = referenceAsked({ ...ask, modifier: undefined }, unescape(value));
    if (asked.kind === 'url') return [asked.url];
    const possible = asked.kind === 'id' ? parts : parts.filter(({ type }) => type === asked.type);
    const named =
      asked.kind === 'id'
        ? parameter.target.map((type) => referenceText(type, asked.id))
        : [referenceText(asked.type, asked.id)];
    const related = possible.flatMap(({ type, code }) =>
      relatedOf(type, code, asked.id).map((id) => referenceText(type, id)),
    );
    return [...named, ...related];
  });
  return { op: 'keys', any: [...new Set(texts)].map((text) => keyOf(ask.seed, text)), expect: 'some' };
}

/** Every version is below the canonical without one, and `1.2.0` below `1` and `1.2`. https://hl7.org/fhir/R5/search.html#versions */
function canonicalBelow(ask: Ask, value: string): Condition {
  const canonical = unescape(value);
  const at = canonical.lastIndexOf('|');
  const [url, version] = at < 0 ? [canonical, ''] : [canonical.slice(0, at), canonical.slice(at + 1)];
  const named = plain({ ...ask, modifier: undefined }, [escaped(url)]);
  if (version === '') return named;
  const paths = sortPaths(ask.type, ask.parameter);
  if (typeof paths === 'string') return refuse({ kind: 'not-supported', parameter: ask.name, expected: paths });
  return allOf([named, { op: 'version', parameter: ask.parameter.code, paths, url, version }]);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\,$|]/g, '\\$&');
}

/** The search parameters by which a resource of the type names another one of it that it is part of. */
function partParameters(type: string): string[] {
  return ['partof', 'part-of'].filter((code) => searchParameter(type, code)?.target.includes(type) === true);
}

/** What the index may have of the reference that is asked for. */
export function referenceTexts(ask: Ask, value: string): string[] {
  return textsOf(ask, referenceAsked(ask, unescape(value)));
}

function textsOf({ modifier, parameter, options }: Ask, asked: Asked): string[] {
  switch (asked.kind) {
    case 'id': {
      const types =
        modifier !== undefined ? [modifier] : parameter.target.length > 0 ? parameter.target : resourceTypes;
      return types.map((type) => referenceText(type, asked.id));
    }
    case 'local': {
      const { type, id, version } = asked;
      const local = referenceText(type, id);
      if (version !== undefined) return [`${local}/_history/${version}`];
      // A canonical of this server is kept as the URL that it is.
      return [local, ...options.ownBases.map((base) => `${base}/${local}`)];
    }
    case 'url':
      return [asked.url];
  }
}

function patientOf({ modifier, parameter }: Ask, asked: Asked): string | undefined {
  if (asked.kind === 'local') return asked.type === 'Patient' ? asked.id : undefined;
  const onlyPatients = (modifier ?? (parameter.target.length === 1 ? parameter.target[0] : undefined)) === 'Patient';
  return asked.kind === 'id' && onlyPatients ? asked.id : undefined;
}

const local = /^([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/([A-Za-z0-9.-]{1,64}))?$/;
const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/;
const versioned = /\/_history\/([A-Za-z0-9.-]{1,64})$/;

function referenceAsked(ask: Ask, text: string): Asked {
  const base = ask.options.ownBases.find((one) => text.startsWith(`${one}/`));
  const match = local.exec(base === undefined ? text : text.slice(base.length + 1));
  if (match !== null && (base === undefined || isResourceType(match[1]!))) {
    return ofType(ask, text, { kind: 'local', type: match[1]!, id: match[2]!, version: match[3] });
  }
  if (absolute.test(text)) {
    const version = versioned.exec(text)?.[1];
    // The index has the version of a URL as that of a canonical.
    return { kind: 'url', url: version === undefined ? text : `${text.replace(versioned, '')}|${version}` };
  }
  if (isId(text)) return { kind: 'id', id: text };
  return badValue(
    ask,
    text,
    'a reference: id, Type/id, Type/id/_history/version, an absolute URL or a canonical|version',
  );
}

function ofType(ask: Ask, text: string, asked: Asked & { kind: 'local' }): Asked {
  const { modifier, name, parameter } = ask;
  if (!isResourceType(asked.type)) {
    const near = nearNames(asked.type, resourceTypes);
    const expected = `a type of resource before the slash, such as ${parameter.target[0] ?? 'Patient'}`;
    return refuse({ kind: 'bad-value', parameter: name, value: text, near, expected });
  }
  if (modifier !== undefined && modifier !== asked.type) {
    return badValue(ask, text, `a reference to a ${modifier}, as the modifier :${modifier} says`);
  }
  return asked;
}
