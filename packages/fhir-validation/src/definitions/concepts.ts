import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { memberOfValueSet } from '../terminology/binding.ts';
import { isOfOwnCodes, valueSetOf } from './properties.ts';

/** URI prefix of the properties that FHIR itself defines. https://hl7.org/fhir/R5/codesystem-concept-properties.html */
const ofFhir = 'http://hl7.org/fhir/concept-properties#';

/** State of the walk through the concepts of a code system. */
interface Concepts {
  readonly codes: ReadonlySet<unknown>;
  readonly seen: Set<unknown>;
  /** The properties that the system declares, by code. */
  readonly declared: ReadonlyMap<unknown, Json>;
  /** The declared properties of type `code` whose values are codes of this system. A property is removed at its first wrong value. */
  readonly own: Set<unknown>;
  /** Values of parent properties that were already looked up. */
  readonly sought: Set<unknown>;
  /** The texts that every concept of an HL7 system has. A text is removed at the first concept without it. */
  readonly words: Set<'display' | 'definition'>;
  readonly language: unknown;
}

/** Checks the code, the designations and the properties of each concept of a code system. */
export function checkConcepts(resource: Json, codes: ReadonlySet<unknown>, run: Run): void {
  const properties = listOf(resource['property']).filter(isObject);
  const isOwn = ({ type, uri }: Json): boolean => type === 'code' && !String(uri).startsWith(ofFhir);
  const known: Concepts = {
    codes,
    seen: new Set(),
    declared: new Map(properties.map((one) => [one['code'], one])),
    own: new Set(properties.filter((one) => isOwn(one) && valueSetOf(one) === undefined).map(({ code }) => code)),
    sought: new Set(),
    words: new Set(String(resource['url']).includes('hl7') ? ['display', 'definition'] : []),
    language: resource['language'],
  };
  visit(resource['concept'], known, run);
}

function visit(concepts: unknown, known: Concepts, run: Run): void {
  for (const [i, concept] of listOf(concepts).entries()) {
    if (!isObject(concept)) continue;
    run.enter('concept', i);
    const { code } = concept;
    if (typeof code === 'string' && known.seen.has(code)) run.report('code-system-code-twice', { code: shown(code) });
    known.seen.add(code);
    for (const word of known.words) checkWord(word, concept, known, run);
    for (const [j, one] of listOf(concept['designation']).entries())
      if (isObject(one)) at('designation', j, run, () => checkDesignation(one, concept, known, run));
    for (const [j, one] of listOf(concept['property']).entries())
      if (isObject(one)) at('property', j, run, () => checkProperty(one, known, run));
    visit(concept['concept'], known, run);
    run.leave();
  }
}

/** HL7 explains each of its codes. Reported once per system, because the lack is a matter of style. */
function checkWord(word: 'display' | 'definition', concept: Json, { words }: Concepts, run: Run): void {
  if (concept[word] !== undefined || concept[`_${word}`] !== undefined) return;
  words.delete(word);
  run.report('code-system-word', { word, code: shown(concept['code']) });
}

function at(name: string, index: number, run: Run, check: () => void): void {
  run.enter(name, index);
  check();
  run.leave();
}

/**
 * Reports a designation that differs from the display although it has no use and is in the language of the system, which makes it a second
 * display.
 */
function checkDesignation(
  { use, additionalUse, language, value }: Json,
  { display }: Json,
  known: Concepts,
  run: Run,
): void {
  if (use !== undefined || additionalUse !== undefined || display === undefined || display === value) return;
  if (language === undefined || language === known.language)
    run.report('code-system-designation', { value: shown(value), display: shown(display) });
}

function checkProperty(property: Json, known: Concepts, run: Run): void {
  const { declared } = known;
  const { code } = property;
  if (typeof code !== 'string') return;
  const definition = declared.get(code);
  if (definition === undefined) run.report('code-system-property-unknown', { property: shown(code) });
  const name = Object.keys(property).find((one) => one.startsWith('value'));
  if (name === undefined) {
    run.report('code-system-property-value', { property: shown(code) });
    return;
  }
  const type = name.slice('value'.length);
  const expected = definition?.['type'];
  if (typeof expected === 'string' && expected.toLowerCase() !== type.toLowerCase())
    run.report('code-system-property-type', { property: shown(code), found: type, expected });
  else if (type === 'Code') {
    checkOwnCode(property[name], code, isOfOwnCodes(definition?.['uri']), known, run);
    if (definition !== undefined) checkListed(property[name], definition, run);
  }
  if (code === 'synonym' && !known.codes.has(property[name]))
    run.report('code-system-synonym', { code: shown(property[name]) });
}

/** Reports a value outside the value set that the code system names for the property. Passes if that value set is not available. */
function checkListed(value: unknown, definition: Json, run: Run): void {
  const valueSet = valueSetOf(definition);
  if (valueSet === undefined || typeof value !== 'string') return;
  if (memberOfValueSet(value, valueSet, run) === 'out')
    run.report('code-system-property-listed', { value: shown(value), property: shown(definition['code']), valueSet });
}

/**
 * @param isParent whether FHIR defines the property as a relation between concepts of the system. Then an unknown code is an error;
 * otherwise it is a warning, reported once per property
 */
function checkOwnCode(
  value: unknown,
  code: string,
  isParent: boolean,
  { codes, own, sought }: Concepts,
  run: Run,
): void {
  if (isParent ? sought.has(value) : codes.has(value) || !own.delete(code)) return;
  sought.add(value);
  if (!codes.has(value))
    run.report(
      'code-system-property-code',
      { code: shown(value), property: shown(code) },
      isParent ? 'error' : 'warning',
    );
}
