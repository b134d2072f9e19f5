import { typeOf } from '@dhp/fhir-model';
import { refuse } from './ask.ts';
import { nearNames } from './near-names.ts';

/** Search result parameters, checked. https://hl7.org/fhir/R5/search.html#resultparameters */
export interface ResultParameters {
  /** Matches a page. */
  readonly count?: number;
  /** Matches in all. */
  readonly maxResults?: number;
  readonly total?: 'none' | 'estimate' | 'accurate';
  readonly summary?: 'true' | 'text' | 'data' | 'count' | 'false';
  /** Names of elements, each perhaps behind its type: `Patient.name`. */
  readonly elements?: readonly string[];
  readonly contained?: 'true' | 'false' | 'both';
  readonly containedType?: 'container' | 'contained';
  /** Give each match its score. */
  readonly score?: boolean;
  /** Return how the search was carried out. */
  readonly explain?: boolean;
}

type Reader = (value: string, name: string, types: readonly string[]) => ResultParameters;

const oneOf =
  <K extends keyof ResultParameters>(member: K, words: readonly (ResultParameters[K] & string)[]): Reader =>
  (value, name) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return { [member]: found };
    return refuse({
      kind: 'bad-value',
      parameter: name,
      value,
      near: nearNames(value, words),
      expected: `one of ${words.join(', ')}`,
    });
  };

const wholeNumber =
  (member: 'count' | 'maxResults'): Reader =>
  (value, name) =>
    /^\d{1,9}$/.test(value)
      ? { [member]: Number(value) }
      : refuse({ kind: 'bad-value', parameter: name, value, expected: 'a whole number from 0 on' });

const flag =
  (member: 'score' | 'explain'): Reader =>
  (value, name) =>
    value === 'true' || value === 'false'
      ? { [member]: value === 'true' }
      : refuse({ kind: 'bad-value', parameter: name, value, expected: 'true or false' });

const readers: Readonly<Record<string, Reader>> = {
  _count: wholeNumber('count'),
  _maxresults: wholeNumber('maxResults'),
  _total: oneOf('total', ['none', 'estimate', 'accurate']),
  _summary: oneOf('summary', ['true', 'text', 'data', 'count', 'false']),
  _elements: elements,
  _contained: oneOf('contained', ['true', 'false', 'both']),
  _containedType: oneOf('containedType', ['container', 'contained']),
  _score: flag('score'),
  _explain: flag('explain'),
  _graph: (value, name) =>
    refuse({
      kind: 'not-supported',
      parameter: name,
      value,
      expected: '_include and _revinclude: graph definitions are not followed here',
    }),
};

/** Every parameter that is about the answer and not about the criteria. */
export const answerParameters: readonly string[] = [
  ...Object.keys(readers),
  '_sort',
  '_include',
  '_revinclude',
  '_type',
];

/** Whether it is `_include` or `_revinclude`, perhaps with a modifier. */
export function isInclude(name: string): boolean {
  return /^_(rev)?include(:|$)/.test(name);
}

/** Returns the reader of a result parameter; undefined for any other name. */
export function resultParameter(name: string): Reader | undefined {
  return Object.hasOwn(readers, name) ? readers[name] : undefined;
}

/** https://hl7.org/fhir/R5/search.html#_elements */
function elements(value: string, name: string, types: readonly string[]): ResultParameters {
  const names = value.split(',').filter((one) => one !== '');
  let ofAll: ReadonlySet<string> | undefined;
  for (const one of names) {
    const [first = '', second, ...more] = one.split('.');
    const of = second === undefined ? types : [first];
    const element = second ?? first;
    const known = second === undefined ? (ofAll ??= elementsOf(types)) : elementsOf(of);
    if (more.length === 0 && known.has(element)) continue;
    refuse({
      kind: 'bad-value',
      parameter: name,
      value: one,
      near: nearNames(element, known),
      expected: `elements of ${of.slice(0, 12).join(', ')} itself, with commas between them, each perhaps behind its type: Patient.name`,
    });
  }
  return { elements: names };
}

function elementsOf(types: readonly string[]): ReadonlySet<string> {
  return new Set(types.flatMap((type) => [...(typeOf(type)?.elements.keys() ?? [])]));
}
