import { isId } from '@dhp/fhir-model';
import type { Collection, Criterion, SectionAsked } from '../ast/criterion.ts';
import type { Value } from '../ast/value.ts';
import { searchParameter } from '../parameters/search-parameters.ts';
import { badValue, refuse } from './ask.ts';
import { spendComparisons, valuesOf, type Reading, type GivenCriterion, followed } from './given-criterion.ts';
import { unescape, splitEscaped } from './escapes.ts';
import { functionalList } from './functional-lists.ts';
import { filterCriterion } from './filter/filter.ts';
import { checkModifier } from './modifiers.ts';
import { nearValue, placeValue } from './near.ts';
import type { ParseOptions } from './parse-options.ts';
import { requireShown } from './unknown-parameter.ts';
import { fullTextWords } from './words.ts';

/** A parameter with special rules, on a type, with its values. */
interface Asked {
  readonly type: string;
  readonly modifier: string | undefined;
  readonly criterion: GivenCriterion;
  /** Between commas, without the empty ones, unescaped. */
  readonly values: () => readonly string[];
  readonly options: ParseOptions;
  readonly next: Reading;
}

/** Parameters of all types with special rules. https://hl7.org/fhir/R5/search.html#all */
const ofAllTypes: Readonly<Record<string, (asked: Asked) => Criterion>> = {
  _id: idCriterion,
  _text: (asked) => fullText(asked, '_text'),
  _content: (asked) => fullText(asked, '_content'),
  _filter: ({ type, criterion, options, next }) => filterCriterion(type, criterion, options, next),
  _in: (asked) => inCollection(asked, '_in', ['CareTeam', 'Group', 'List']),
  _list: (asked) => inCollection(asked, '_list', ['List']),
  _query: ({ criterion: { given, value } }) =>
    refuse({ kind: 'unknown-operation', parameter: given, value, expected: 'no named queries are defined here' }),
};

const ofTypes: Readonly<Record<string, (asked: Asked) => Criterion>> = {
  'Location.near': (asked) => compared(asked, 'near', (value) => nearValue(asked.criterion, value)),
  'Location.contains': (asked) => compared(asked, 'contains', (value) => placeValue(asked.criterion, value)),
  'Composition.section-code-text': ({ criterion, next }) => ({
    kind: 'section-code-text',
    sections: valuesOf(criterion).map((value) => sectionCodeText(criterion, value, next)),
  }),
  'Composition.section-text': (asked) => fullText(asked, 'section-text'),
};

/**
 * Returns the criterion of a parameter with special rules; undefined for any other parameter.
 * @throws SearchFault
 */
export function specialCriterion(
  type: string,
  code: string,
  modifier: string | undefined,
  criterion: GivenCriterion,
  options: ParseOptions,
  next: Reading,
): Criterion | undefined {
  const rule = Object.hasOwn(ofAllTypes, code) ? ofAllTypes[code] : ofTypes[`${type}.${code}`];
  const parameter = searchParameter(type, code, options.own);
  if (rule === undefined || parameter === undefined) return undefined;
  requireShown(parameter, criterion.given);
  if (modifier !== undefined) checkModifier(type, parameter, modifier, criterion.given);
  // A filter does not call this: in its language commas and backslashes have no special meaning.
  const values = () => valuesOf(criterion).map(unescape);
  return rule({ type, modifier, criterion, values, options, next });
}

/** Values that are compared one by one. */
function compared({ criterion, values }: Asked, parameter: string, read: (value: string) => Value): Criterion {
  const all = values().map(read);
  spendComparisons(criterion, all);
  return { kind: 'parameter', parameter, values: all };
}

/** https://hl7.org/fhir/R5/search.html#_id */
function idCriterion({ modifier, values, criterion: { value, given } }: Asked): Criterion {
  if (modifier === 'missing') {
    if (value === 'true' || value === 'false') return { kind: 'missing', parameter: '_id', missing: value === 'true' };
    return badValue({ name: given }, value, 'true or false');
  }
  const ids = values();
  for (const id of ids) {
    if (!isId(id)) badValue({ name: given }, id, 'an id: up to 64 letters, digits, - and .');
  }
  return {
    ...{ kind: 'parameter', parameter: '_id' },
    ...(modifier !== undefined && { modifier }),
    values: ids.map((code) => ({ type: 'token', code })),
  };
}

/** https://hl7.org/fhir/R5/search.html#_text */
function fullText({ criterion }: Asked, parameter: string): Criterion {
  return { kind: 'full-text', parameter, words: fullTextWords({ name: criterion.given }, valuesOf(criterion)) };
}

const collection = /^(?:(CareTeam|Group|List)\/)?([A-Za-z0-9.-]{1,64})$/;

/** https://hl7.org/fhir/R5/search.html#_in */
function inCollection(
  { type, modifier, values, criterion, options, next }: Asked,
  parameter: '_in' | '_list',
  types: readonly ('CareTeam' | 'Group' | 'List')[],
): Criterion {
  const { given } = criterion;
  const { collections } = options;
  const all = values();
  const isFunctional = (value: string): boolean => value.startsWith('$') && parameter === '_list';
  const lists = all
    .filter(isFunctional)
    .map((list): Collection => ({ list, asks: functionalList(type, list, criterion, options.now, next) }));
  const named = all.filter((value) => !isFunctional(value));
  if (named.length > 0 && collections === undefined) {
    return refuse({
      kind: 'not-supported',
      parameter: given,
      expected: 'another parameter: collections cannot be looked up here',
    });
  }
  const members = named.map((value): Collection => {
    const match = collection.exec(value);
    const of = match?.[1] as 'CareTeam' | 'Group' | 'List' | undefined;
    if (match === null || (of !== undefined && !types.includes(of))) {
      return badValue({ name: given }, value, `an id, or ${types.map((one) => `${one}/id`).join(', ')}`);
    }
    const id = match[2]!;
    const found = (of === undefined ? types : [of]).flatMap((one) => collections!.members(one, id));
    const ids = found.filter((member) => member.type === type).map((member) => member.id);
    return { ...(of !== undefined && { named: of }), id, ids };
  });
  return {
    ...{ kind: 'member', parameter },
    ...(modifier === 'not' && { modifier }),
    collections: [...lists, ...members],
  };
}

/**
 * `section-code-text=code$words`: a section has the code and in its own narrative the words.
 * @throws SearchFault
 */
function sectionCodeText(criterion: GivenCriterion, value: string, next: Reading): SectionAsked {
  const { given } = criterion;
  const expected = 'code$words or system|code$words';
  const [token = '', ...rest] = splitEscaped(value, '$');
  const text = rest.join('$');
  const [first = '', second, ...more] = splitEscaped(token, '|').map(unescape);
  const code = second ?? first;
  if (code === '' || text === '' || more.length > 0) return badValue({ name: given }, value, expected);
  // `section` asks for the codes of the same sections.
  next('Composition', { ...followed(criterion, 'section'), value: token });
  const [words] = fullTextWords({ name: given }, [text]);
  return {
    code: second === undefined ? { type: 'token', code } : { type: 'token', system: first, code },
    words: words!,
  };
}
