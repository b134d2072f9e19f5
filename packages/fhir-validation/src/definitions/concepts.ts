import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { memberOfValueSet } from '../terminology/binding.ts';
import { isOfOwnCodes, valueSetOf } from './properties.ts';

/** Properties that FHIR defines, with codes of their own. https://hl7.org/fhir/R5/codesystem-concept-properties.html */
const ofFhir = 'http://hl7.org/fhir/concept-properties#';

/** Knowledge of a code system while its concepts are gone through. */
interface Concepts {
  readonly codes: ReadonlySet<unknown>;
  readonly seen: Set<unknown>;
  /** Properties that the system declares, by their codes. */
  readonly declared: ReadonlyMap<unknown, Json>;
  /** Properties of type code whose values are codes of the system itself, as long as none has been found wrong. */
  readonly own: Set<unknown>;
  /** Values of such properties that have been looked for. */
  readonly sought: Set<unknown>;
  /** Words that each concept of HL7 has, as long as none was found without. */
  readonly words: Set<'display' | 'definition'>;
  readonly language: unknown;
}

/** Checks each concept of a code system: its code, its designations, its properties. */
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

/** HL7 explains each of its codes; told once, since a system without is a matter of style. */
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

/** A designation without a use, in the language of the system, is the display once more. */
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

/** A value is from the value set that the code system names for its property, where that is at hand. */
function checkListed(value: unknown, definition: Json, run: Run): void {
  const valueSet = valueSetOf(definition);
  if (valueSet === undefined || typeof value !== 'string') return;
  if (memberOfValueSet(value, valueSet, run) === 'out')
    run.report('code-system-property-listed', { value: shown(value), property: shown(definition['code']), valueSet });
}

/** @param isParent whether FHIR defines the property as one between concepts of a system, so that there must be the other one */
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
