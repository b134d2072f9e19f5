import { isId } from '@dhp/fhir-model';
import { searchParameter } from '../parameters/search-parameters.ts';
import { badValue, refuse } from './ask.ts';
import { anyOf, everything, not, nothing } from './combine.ts';
import type { Condition } from './condition.ts';
import { valuesOf, type Asking, type Criterion } from './criterion.ts';
import { unescape } from './escapes.ts';
import { functionalList } from './functional-lists.ts';
import { filterCondition } from './filter/filter.ts';
import { checkModifier } from './modifiers.ts';
import { nearCondition } from './near.ts';
import type { ParseOptions } from './parse-options.ts';
import { containsCondition } from './place-contains.ts';
import { sectionCodeText } from './section-code-text.ts';
import { webSearch } from './text-query.ts';

/** A parameter with rules of its own, on a type, with its values. */
interface Asked {
  readonly type: string;
  readonly modifier: string | undefined;
  readonly criterion: Criterion;
  /** Between commas, without the empty ones, unescaped. */
  readonly values: () => readonly string[];
  readonly options: ParseOptions;
  readonly next: Asking;
}

/** Parameters of all types with rules of their own. https://hl7.org/fhir/R5/search.html#all */
const ofAllTypes: Readonly<Record<string, (asked: Asked) => Condition>> = {
  _id: idCondition,
  _text: (asked) => fullText(asked, 'narrative'),
  _content: (asked) => fullText(asked, 'content'),
  _filter: ({ type, criterion, options, next }) => filterCondition(type, criterion, options, next),
  _in: (asked) => inCollection(asked, ['CareTeam', 'Group', 'List']),
  _list: (asked) => inCollection(asked, ['List']),
  _query: ({ criterion: { given, value } }) =>
    refuse({ kind: 'unknown-operation', parameter: given, value, expected: 'no named queries are defined here' }),
};

const ofTypes: Readonly<Record<string, (asked: Asked) => Condition>> = {
  'Location.near': ({ criterion, values }) => anyOf(values().map((value) => nearCondition(criterion, value))),
  'Location.contains': ({ criterion, values }) => anyOf(values().map((value) => containsCondition(criterion, value))),
  'Composition.section-code-text': ({ criterion, next }) =>
    anyOf(valuesOf(criterion).map((value) => sectionCodeText(criterion, value, next))),
  'Composition.section-text': (asked) => fullText(asked, 'sections'),
};

/** What a parameter with rules of its own asks; undefined for any other. @throws SearchFault */
export function specialCondition(
  type: string,
  code: string,
  modifier: string | undefined,
  criterion: Criterion,
  options: ParseOptions,
  next: Asking,
): Condition | undefined {
  const rule = Object.hasOwn(ofAllTypes, code) ? ofAllTypes[code] : ofTypes[`${type}.${code}`];
  const parameter = searchParameter(type, code);
  if (rule === undefined || parameter === undefined) return undefined;
  if (modifier !== undefined) checkModifier(type, parameter, modifier, criterion.given);
  // Not for a filter, in whose language commas and backslashes are what they are.
  const values = () => valuesOf(criterion).map(unescape);
  return rule({ type, modifier, criterion, values, options, next });
}

/** The id has a column of its own. https://hl7.org/fhir/R5/search.html#_id */
function idCondition({ modifier, values, criterion }: Asked): Condition {
  if (modifier === 'missing') {
    if (criterion.value === 'true') return nothing;
    return criterion.value === 'false'
      ? everything
      : badValue({ name: criterion.given }, criterion.value, 'true or false');
  }
  const ids = values();
  for (const id of ids) {
    if (!isId(id)) badValue({ name: criterion.given }, id, 'an id: up to 64 letters, digits, - and .');
  }
  const condition: Condition = { op: 'id', any: ids };
  return modifier === 'not' ? not(condition) : condition;
}

/** https://hl7.org/fhir/R5/search.html#_text */
function fullText({ criterion }: Asked, place: 'narrative' | 'sections' | 'content'): Condition {
  const name = { name: criterion.given };
  // One question, whatever the number of values: each by itself would be asked of every candidate.
  return { op: 'full-text', in: place, query: webSearch(name, valuesOf(criterion)) };
}

const collection = /^(?:(CareTeam|Group|List)\/)?([A-Za-z0-9.-]{1,64})$/;

/** https://hl7.org/fhir/R5/search.html#_in */
function inCollection(
  { type, modifier, values, criterion, options, next }: Asked,
  types: readonly ('CareTeam' | 'Group' | 'List')[],
): Condition {
  const { given } = criterion;
  const { collections } = options;
  const all = values();
  const isFunctional = (value: string): boolean => value.startsWith('$') && types.length === 1;
  const named = all.filter((value) => !isFunctional(value));
  const lists = all.filter(isFunctional).map((value) => functionalList(type, value, criterion, options.now, next));
  if (named.length > 0 && collections === undefined) {
    return refuse({
      kind: 'not-supported',
      parameter: given,
      expected: 'another parameter: collections cannot be looked up here',
    });
  }
  const ids = named.flatMap((value) => {
    const match = collection.exec(value);
    const of = match?.[1] as 'CareTeam' | 'Group' | 'List' | undefined;
    if (match === null || (of !== undefined && !types.includes(of))) {
      return badValue({ name: given }, value, `an id, or ${types.map((one) => `${one}/id`).join(', ')}`);
    }
    const members = (of === undefined ? types : [of]).flatMap((one) => collections!.members(one, match[2]!));
    return members.filter((member) => member.type === type).map(({ id }) => id);
  });
  const listed: Condition[] = named.length === 0 ? [] : [{ op: 'id', any: [...new Set(ids)] }];
  const condition = anyOf([...lists, ...listed]);
  return modifier === 'not' ? not(condition) : condition;
}
