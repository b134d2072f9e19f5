import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Severity } from '../issue.ts';
import type { Run } from '../run.ts';
import type { CodeKnowledge } from './codes.ts';
import type { StructureDefinition } from '../contract/definitions.ts';
import { isUndefinedAtHl7 } from './defined-urls.ts';
import { isValueSet } from './core-codes.ts';

/** Whether the code of a Coding exists in its system, is in use, and has the display given; as far as the terminology knows. */
export function checkCoding(coding: Json, run: Run): void {
  const { system, version, code, display } = coding;
  // Most systems are written so, and nothing need be asked of how.
  const isPlain = typeof system === 'string' && system.startsWith('http://');
  if (typeof system !== 'string' || (!isPlain && system.trim() === '')) {
    if (isInConcept(run) && Object.keys(coding).length > 0) run.report('coding-without-system');
    else if (code !== undefined) run.report('coding-system-missing');
    return;
  }
  // In a concept, where other codings may do, the unknown system is told.
  if (!isPlain && !isOfKnownScheme(system) && !isInConcept(run) && (isRelative(system) || !run.codingIsBound)) {
    run.report('coding-system-relative', { system: shown(system) });
    return;
  }
  if (isValueSet(system)) {
    reportValueSet(system, run);
    return;
  }
  if (!isPlain && system.startsWith('https:') && !isInConcept(run)) checkScheme(system, run);
  const { codes } = run.rules;
  if (codes?.concept === undefined) return;
  const ask = (one: string) => codes.concept!(system, one, typeof version === 'string' ? version : undefined);
  if (typeof code !== 'string' || code === '') {
    checkSystemAlone(system, coding, run);
    return;
  }
  const found = ask(code);
  if (found === undefined) {
    if (isUndefinedAtHl7(system, run)) reportUndefined(system, run);
    return;
  }
  if (found.isOfSupplement === true) reportSupplement(system, run);
  else if (found.known === 'unknown') {
    // The codes of a definition of a type, a profile or an extension are the ids of its elements.
    const definition = run.rules.profiles.structure(system);
    if (definition !== undefined) {
      if (!hasElement(definition, code)) reportUnknown(code, system, run);
      return;
    }
    if (!isInConcept(run)) reportMistaken(system, run.codingIsBound, run);
    const stated = typeof version === 'string' ? version : undefined;
    if (run.rules.codes?.system?.(system, stated)?.content === 'fragment')
      at('code', run, () => run.report('code-not-in-fragment', { code: shown(code), system }));
    else reportUnknownSystem(system, coding, run);
  } else if (found.known === 'no') reportUnknown(code, system, run);
  else checkUse(found, { system, code, display }, run);
}

/** A system whose code is missing, or can be none. */
function checkSystemAlone(system: string, coding: Json, run: Run): void {
  const { code, version } = coding;
  const isAsked = code === '' || (code === undefined && isInConcept(run));
  const stated = typeof version === 'string' ? version : undefined;
  const known = isAsked ? run.rules.codes?.concept?.(system, '', stated)?.known : undefined;
  // Of a fragment some codes may be missing, but no code is none of them.
  const isFragment = known === 'unknown' && run.rules.codes?.system?.(system, stated)?.content === 'fragment';
  if (known === 'no' || isFragment) at('code', run, () => run.report('coding-without-code', { system }));
  else if (known === 'unknown' && code === undefined) reportUnknownSystem(system, coding, run);
  else if (isUndefinedAtHl7(system, run)) reportUndefined(system, run);
}

/** Without a snapshot as far as its type tells. */
function hasElement({ type, snapshot }: StructureDefinition, code: string): boolean {
  if (snapshot === undefined) return code === type || code.startsWith(`${type}.`);
  return snapshot.element.some(({ id, path }) => (id ?? path) === code);
}

/** A code that is known: whether it should still be used, and whether the display is one of its own. */
function checkUse(
  { status, displays = [] }: CodeKnowledge,
  { system, code, display }: { readonly system: string; readonly code: string; readonly display: unknown },
  run: Run,
): void {
  if (status !== undefined) run.report('code-inactive', { code, system, status });
  const severity = displaySeverity(system, run);
  if (severity === 'ignore' || typeof display !== 'string' || display.trim() === '' || displays.length === 0) return;
  if (displays.some((one) => isSameButForCase(one, display))) return;
  const meant = displays.find((one) => isSameText(one, display));
  const values = { display: shown(display), code, system, expected: meant ?? displays[0]! };
  at('display', run, () => {
    if (meant === undefined) run.report('display-wrong', values, severity);
    else run.report('display-white-space', values, severity);
  });
}

/** Whether a coding has a display that its code has not in the value set, where that is an error. */
export function isMisnamedIn({ system, code, version, display }: Json, valueSet: string, run: Run): boolean {
  if (typeof system !== 'string' || typeof code !== 'string' || typeof display !== 'string') return false;
  const { codes } = run.rules;
  if (display.trim() === '' || displaySeverity(system, run) !== 'error') return false;
  const known = codes?.concept?.(system, code, typeof version === 'string' ? version : undefined);
  const displays = known?.displays ?? [];
  const isOneOf = (names: readonly string[]): boolean => names.some((one) => isSameButForCase(one, display));
  if (displays.length === 0 || isOneOf(displays) || isInOtherLanguage(known?.language, run)) return false;
  return !isOneOf(codes?.displaysIn?.(valueSet, system, code) ?? []);
}

/** Whether the displays of a system are in another language than the resource: then what it says is only not among them. */
function isInOtherLanguage(own: string | undefined, { resource: { language } }: Run): boolean {
  if (typeof language !== 'string' || own === undefined) return false;
  const plainly = (tag: string): string => tag.split('-')[0]!.trim().toLowerCase();
  return plainly(own) !== plainly(language);
}

/** Systems whose words for their codes are those of many registries, not one: a country has a short, a long and a common name. */
const manyNames = /^urn:(?:ietf:bcp:|iso:std:iso:)/;

function displaySeverity(system: string, { rules: { wrongDisplays } }: Run): Severity | 'ignore' {
  // UCUM defines codes; what is printed for them is up to whoever prints.
  if (system === ucum) return 'ignore';
  return wrongDisplays === 'error' && manyNames.test(system) ? 'information' : wrongDisplays;
}

const ucum = 'http://unitsofmeasure.org';

/** Whether the unit of a Quantity exists: its code in its system, which is UCUM as a rule; as far as the terminology knows. */
export function checkUnit({ system, code }: Json, run: Run): void {
  if (typeof system !== 'string' || system.trim() === '') return;
  if (!isOfKnownScheme(system) && isRelative(system)) run.report('coding-system-relative', { system: shown(system) });
  if (system.startsWith('https:')) checkScheme(system, run);
  if (typeof code !== 'string') return;
  const found = run.rules.codes?.concept?.(system, code);
  if (found?.isOfSupplement === true) reportSupplement(system, run);
  else if (found?.known === 'no') reportUnknown(code, system, run);
  else if (found?.known === 'unknown') {
    if (isSupplement(system, undefined, run)) reportSupplement(system, run);
    else reportMistaken(system, false, run);
  }
}

/** URIs of code systems are names: those of well-known ones begin with `http:`. */
function checkScheme(system: string, run: Run): void {
  if (
    /^https:\/\/(?:snomed\.info\/sct|loinc\.org|unitsofmeasure\.org|www\.nlm\.nih\.gov\/research\/umls\/rxnorm)$/.test(
      system,
    )
  )
    run.report('coding-system-https', { system: shown(system), expected: system.replace('https:', 'http:') });
}

/** Tells an unknown system that is a value set, a page, or more than the name of another. */
function reportMistaken(system: string, isBound: boolean, run: Run): void {
  if (run.rules.codes?.valueSetKnowledge?.(system) !== undefined) run.report('coding-system-value-set', { system });
  else if (!isBound && !isKnownOtherwise(system, run) && (ofPages.test(system) || isPartOfName(system)))
    run.report('coding-system-wrong', { system: shown(system) }, run.rules.beyondSpecification);
}

/** Whether the system is at hand in another version than the one that is stated, beside it or behind a bar. */
const isKnownOtherwise = (system: string, { rules: { codes } }: Run): boolean =>
  codes?.system?.(system.split('|', 1)[0]!) !== undefined;

/** Addresses below which only HL7 defines code systems, all of which are at hand, but for those that it lists for others. */
const ofPages =
  /^https?:\/\/(?:build\.fhir\.org|(?:www\.)?hl7\.org\/fhir(?!\/(?:test|sid\/(?:ndc|icpc|icd|cvx|srt|icf|ca-|dsm5|ex-))))/;

const wholeNames = [
  ...['http://snomed.info/sct', 'http://loinc.org', 'http://unitsofmeasure.org'],
  'http://www.nlm.nih.gov/research/umls/rxnorm',
];

/** Editions of these are versions, and not names of their own. https://hl7.org/fhir/R5/terminologies-systems.html */
const isPartOfName = (system: string): boolean => wholeNames.some((name) => system !== name && system.startsWith(name));

/** Whether the Coding at hand is one of a CodeableConcept, which may do with others. */
const isInConcept = (run: Run): boolean => run.label === 'coding';

/** Whether a system is no absolute URI, by which it could be found. https://hl7.org/fhir/R5/datatypes.html#Coding */
const isRelative = (system: string): boolean => !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(system);

/** A Coding that stands alone is lost when its system cannot be found: no registry hands out URIs of other schemes. */
const isOfKnownScheme = (system: string): boolean =>
  system.startsWith('http:') || system.startsWith('https:') || system.startsWith('urn:');

function reportUndefined(system: string, run: Run): void {
  at('system', run, () => run.report('url-not-defined', { url: shown(system) }, run.rules.beyondSpecification));
}

function reportValueSet(system: string, run: Run): void {
  if (isInConcept(run)) at('system', run, () => run.report('coding-system-is-value-set', { system }));
  else run.report('coding-system-value-set', { system });
}

/**
 * Of a code that stands alone where any will do it is no news that it was not checked; nor, where the terminology knows its systems, of one
 * that a concept has beside a code of a system that is held elsewhere (SNOMED CT).
 */
function reportUnknownSystem(system: string, coding: Json, run: Run): void {
  const knowsSystems = run.rules.codes?.system !== undefined;
  const stated = typeof coding['version'] === 'string' ? coding['version'] : undefined;
  if (isSupplement(system, stated, run)) {
    reportSupplement(system, run);
    return;
  }
  const isNews = isInConcept(run) ? !knowsSystems || !isBesideHeldElsewhere(coding, run) : run.codingIsBound;
  at('system', run, () => {
    // Then all that the specification itself defines is at hand, too; guides have addresses one part below.
    if (knowsSystems && isUndefinedAtHl7(system, run))
      run.report('url-not-defined', { url: shown(system) }, run.rules.beyondSpecification);
    run.report('code-system-unknown', { system }, isNews ? 'warning' : 'information');
  });
}

const isSupplement = (system: string, version: string | undefined, { rules: { codes } }: Run): boolean =>
  codes?.system?.(system, version)?.content === 'supplement';

/** https://hl7.org/fhir/R5/codesystem.html#supplements */
function reportSupplement(system: string, run: Run): void {
  const id = isInConcept(run) ? 'coding-system-supplement' : 'coding-of-supplement';
  at('system', run, () => run.report(id, { system }));
}

/** Whether a coding before this one is of a system about which the terminology is silent. */
function isBesideHeldElsewhere(coding: Json, run: Run): boolean {
  const codings = listOf(run.objectAbove(1)?.['coding']);
  return codings
    .slice(0, Math.max(0, codings.indexOf(coding)))
    .some(
      (one) =>
        isObject(one) &&
        typeof one['system'] === 'string' &&
        typeof one['code'] === 'string' &&
        run.rules.codes?.concept?.(one['system'], one['code']) === undefined,
    );
}

function reportUnknown(code: string, system: string, run: Run): void {
  const { unknownCodes: severity } = run.rules;
  if (severity === 'ignore') return;
  at('code', run, () => run.report('code-unknown', { code: shown(code), system }, severity));
}

/** Runs a report at a child of the place. */
function at(element: string, run: Run, report: () => void): void {
  run.enter(element, -1);
  report();
  run.leave();
}

const isSameButForCase = (a: string, b: string): boolean => a === b || a.toLowerCase() === b.toLowerCase();

/** Case and white space do not tell displays apart. */
export function isSameText(a: string, b: string): boolean {
  return a === b || plain(a) === plain(b);
}

const plain = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').toLowerCase();
