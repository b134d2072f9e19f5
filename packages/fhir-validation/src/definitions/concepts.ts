import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

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
    own: new Set(properties.filter(isOwn).map(({ code }) => code)),
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
    for (const [j, one] of listOf(concept['designation']).entries())
      if (isObject(one)) at('designation', j, run, () => checkDesignation(one, concept, known, run));
    for (const [j, one] of listOf(concept['property']).entries())
      if (isObject(one)) at('property', j, run, () => checkProperty(one, known, run));
    visit(concept['concept'], known, run);
    run.leave();
  }
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

function checkProperty(property: Json, { declared, codes, own }: Concepts, run: Run): void {
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
  else if (type === 'Code' && !codes.has(property[name]) && own.delete(code))
    run.report('code-system-property-code', { code: shown(property[name]), property: shown(code) });
}
