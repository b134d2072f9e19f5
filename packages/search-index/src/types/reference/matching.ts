import { resourceTypes } from '@dhp/fhir-model';
import type { Value, ValueOf } from '@dhp/fhir-search';
import { elementPaths, hasReferences, impliesPatientCompartment, partParameters } from '@dhp/fhir-search/elements';
import { leadsAnywhere } from '@dhp/fhir-search/parameters';
import { allOf, anyOf, not } from '../../condition/combine.ts';
import type { Condition } from '../../condition/condition.ts';
import { keyOf, ofPatients, referenceText, seedOf, untypedText } from '../../keys/keys.ts';
import { isSubject, referenceSeed } from '../../keys/shared-references.ts';
import { isPresent } from '../../keys/usual-parameters.ts';
import { type Ask, valueOf } from '../ask.ts';
import { sqlJsonPath } from '../sql-json-path.ts';
import { startsWords, withinWords } from '../string/matching.ts';
import { tokenAsked } from '../token/matching.ts';
import { wordsCondition } from '../words.ts';

type Reference = ValueOf<'reference'>;

/** https://hl7.org/fhir/R5/search.html#reference */
export function referenceCondition(given: Ask, values: readonly Value[]): Condition {
  const { type, parameter, modifier } = given;
  const ask = { ...given, seed: referenceSeed(type, parameter.rows) };
  const words = seedOf(type, parameter.rows, 'text');
  switch (modifier) {
    case 'identifier': {
      const seed = seedOf(type, parameter.rows, 'identifier');
      const any = values.map((value) => keyOf(seed, tokenAsked(valueOf(value, 'token'))));
      return { op: 'keys', any, expect: 'one' };
    }
    case 'text':
      return anyOf(values.map((value) => startsWords(words, value)));
    case 'text-advanced':
      return anyOf(
        values.map((value) => wordsCondition(valueOf(value, 'words').words, (text) => withinWords(words, text))),
      );
    case 'in':
      return amongMembers(ask, values);
    case 'not-in':
      return not(amongMembers(ask, values));
    case 'above':
    case 'below':
    case 'contains':
      return hierarchical(ask, values);
    case undefined:
    default:
      return plain(
        ask,
        values.map((value) => valueOf(value, 'reference')),
      );
  }
}

function plain(ask: Ask, asked: readonly Reference[]): Condition {
  const isUntyped = ask.modifier === undefined && leadsAnywhere(ask.parameter);
  const texts = new Set(
    asked.flatMap((one) => (isUntyped && isOfAnyType(one) ? [untypedText(one.id)] : referenceTexts(ask, one))),
  );
  // Profiles are as many as types, and have as many resources.
  const expect = ask.parameter.code === '_profile' ? 'many' : 'some';
  const keys: Condition = { op: 'keys', any: [...texts].map((text) => keyOf(ask.seed, text)), expect };
  const { type, parameter } = ask;
  const patients = asked.flatMap((one) => patientOf(ask, one) ?? []);
  if (patients.length < asked.length) {
    // The keys are those of any subject.
    return isSubject(type, parameter.rows) ? allOf([keys, isPresent(type, parameter.rows)]) : keys;
  }
  if (!impliesPatientCompartment(type, parameter)) return keys;
  // Everything that refers to a patient by this parameter is in its compartment, for which the store is faster.
  return allOf([ofPatients(patients), keys]);
}

function isOfAnyType(asked: Reference): asked is Reference & { readonly id: string } {
  return !('url' in asked) && asked.target === undefined;
}

/** A reference to a member of a List or Group. https://hl7.org/fhir/R5/search.html#modifierin */
function amongMembers(ask: Ask, values: readonly Value[]): Condition {
  const members = new Map<string, Reference>();
  for (const member of values.flatMap((value) => valueOf(value, 'collection').members)) {
    const [text = ''] = referenceTexts(ask, member);
    if (!members.has(text)) members.set(text, member);
  }
  return members.size === 0 ? anyOf([]) : plain({ ...ask, modifier: undefined }, [...members.values()]);
}

/** `:above`, `:below` and `:contains`. https://hl7.org/fhir/R5/search.html#recursive, #modifiercontains */
function hierarchical(ask: Ask, values: readonly Value[]): Condition {
  const { type, parameter, modifier } = ask;
  if (!hasReferences(type, parameter)) {
    return anyOf(values.map((value) => canonicalBelow(ask, valueOf(value, 'canonical'))));
  }
  if (modifier === 'contains' && partParameters(type).includes(parameter.code)) {
    return { op: 'id', any: [...new Set(values.flatMap((value) => valueOf(value, 'branch').ids))] };
  }
  const texts = values.flatMap((value) => {
    const { of, related } = valueOf(value, 'hierarchy');
    return [...namedIn(ask, of), ...related.map(({ type, id }) => referenceText(type, id))];
  });
  return { op: 'keys', any: [...new Set(texts)].map((text) => keyOf(ask.seed, text)), expect: 'some' };
}

/** The start of the hierarchy itself. */
function namedIn({ parameter }: Ask, of: Reference): readonly string[] {
  if ('url' in of) return [of.url];
  return (of.target === undefined ? parameter.target : [of.target]).map((type) => referenceText(type, of.id));
}

/** Every version is below the canonical without one, and `1.2.0` below `1` and `1.2`. https://hl7.org/fhir/R5/search.html#versions */
function canonicalBelow(ask: Ask, { of, url, version }: ValueOf<'canonical'>): Condition {
  const condition = plain({ ...ask, modifier: undefined }, [of]);
  if (version === '') return condition;
  const paths = elementPaths(ask.type, ask.parameter);
  if (typeof paths === 'string') throw new TypeError(paths);
  const { code: parameter } = ask.parameter;
  return allOf([condition, { op: 'version', parameter, paths: paths.map(sqlJsonPath), url, version }]);
}

/** The texts that the index may have of a reference. */
export function referenceTexts({ modifier, parameter, options }: Ask, asked: Reference): string[] {
  if ('url' in asked) return [asked.url];
  const { target, id, version } = asked;
  if (target === undefined) {
    const types = modifier !== undefined ? [modifier] : parameter.target.length > 0 ? parameter.target : resourceTypes;
    return types.map((type) => referenceText(type, id));
  }
  const local = referenceText(target, id);
  if (version !== undefined) return [`${local}/_history/${version}`];
  // A canonical of this server is stored as a URL.
  return [local, ...options.ownBases.map((base) => `${base}/${local}`)];
}

function patientOf({ modifier, parameter }: Ask, asked: Reference): string | undefined {
  if ('url' in asked) return undefined;
  if (asked.target !== undefined) return asked.target === 'Patient' ? asked.id : undefined;
  const onlyPatients = (modifier ?? (parameter.target.length === 1 ? parameter.target[0] : undefined)) === 'Patient';
  return onlyPatients ? asked.id : undefined;
}
