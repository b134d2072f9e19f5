import type { ElementModel } from '@dhp/fhir-model';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Severity } from '../issue.ts';
import type { Run } from '../run.ts';
import type { Membership } from './codes.ts';
import { isMisnamedIn } from './coding.ts';
import { coreValueSet } from './core-codes.ts';

/** Reports a code that is not in the value set of its element. */
export type BindingCheck = (value: unknown, run: Run) => void;

/** A value set that codes of an element must be, should be, or may at most be from. */
export interface Bound {
  readonly valueSet: string;
  readonly strength: 'required' | 'extensible' | 'maximum';
  /** Whether a text alone is not its affair: of an extensible binding beside a maximum it is that of the maximum, of a preferred one nobody's. */
  readonly allowsText?: boolean;
  /** Whether it is beside the binding of its element, and replaces none. */
  readonly isAdditional?: boolean;
}

const coded = new Set([
  'code',
  'string',
  'uri',
  'Coding',
  'CodeableConcept',
  'CodeableReference',
  'Quantity',
  'Duration',
  'Age',
  'Count',
  'Distance',
  'Money',
]);

/** The check of what R5 binds an element to; undefined when it may hold any code. */
export function coreBinding({ binding, name }: ElementModel, type: string): BindingCheck | undefined {
  if (binding?.valueSet === undefined || !coded.has(type)) return undefined;
  // A StructureDefinition may define a type of its own.
  if (type === 'uri' && (name === 'code' || binding.valueSet.includes('fhir-types'))) return undefined;
  const bounds: Bound[] = [];
  const { strength, valueSet, maximum } = binding;
  if (elsewhere.has(valueSet)) return type === 'CodeableReference' ? undefined : checkElsewhere(valueSet);
  if (strength === 'required' || strength === 'extensible')
    bounds.push({ valueSet, strength, allowsText: maximum !== undefined && strength === 'extensible' });
  if (maximum !== undefined) bounds.push({ valueSet: maximum, strength: 'maximum' });
  if (bounds.length === 0) return undefined;
  const checks = bounds.map((bound) => bindingCheck(bound));
  return checks.length === 1 ? checks[0]! : (value, run) => checks.forEach((check) => check(value, run));
}

/**
 * Value sets that R5 binds elements to and leaves to their publishers: of their codes nothing is known until someone stores them.
 * https://hl7.org/fhir/R5/terminologies-systems.html#external
 */
const elsewhere: ReadonlySet<string> = new Set([
  'http://terminology.hl7.org/ValueSet/EncounterClass',
  'http://dicom.nema.org/medical/dicom/current/output/chtml/part16/sect_CID_33.html',
  'http://dicom.nema.org/medical/dicom/current/output/chtml/part16/sect_CID_244.html',
  'http://dicom.nema.org/medical/dicom/current/output/chtml/part16/sect_CID_7010.html',
  'http://dicom.nema.org/medical/dicom/current/output/chtml/part04/sect_B.5.html#table_B.5-1',
  'http://loinc.org/LL5323-2/',
  'http://loinc.org/LL1040-6/',
  'http://loinc.org/LL2938-0/|5.0.0',
]);

function checkElsewhere(valueSet: string): BindingCheck {
  const check = bindingCheck({ valueSet, strength: 'extensible' });
  return (value, run) => {
    if (memberOfValueSet(value, valueSet, run) === 'unknown') run.report('value-set-unknown', { valueSet });
    else check(value, run);
  };
}

/** The check of one binding, for any type that carries codes. */
export function bindingCheck(bound: Bound): BindingCheck {
  const ask = membership(bound.valueSet);
  // R5 marks none of its own.
  const marks = coreValueSet(bound.valueSet) === undefined;
  return (value, run) => {
    // Types of FHIRPath are types of elements, too, though no value set of types lists them.
    if (typeof value === 'string' && value.startsWith('http://hl7.org/fhirpath/System.')) return;
    if (typeof value === 'string') checkCode(value, bound, ask(run, undefined, value), run);
    // Of a Coding without a system that is told, and nothing else can be.
    else if (isObject(value) && !isWithoutSystem(value)) checkConcept(value, bound, ask, marks, run);
  };
}

const isWithoutSystem = ({ system, code, coding, concept }: Json): boolean =>
  system === undefined && code !== undefined && coding === undefined && concept === undefined;

type Ask = (run: Run, system: string | undefined, code: string) => Membership;

const ucum = 'http://unitsofmeasure.org';
const isOfUnits = (valueSet: string): boolean =>
  valueSet.split('|', 1)[0] === 'http://hl7.org/fhir/ValueSet/ucum-units';

/** Value sets of R5 are at hand; for others the terminology service is asked. */
export function membership(valueSet: string): Ask {
  const core = coreValueSet(valueSet);
  if (core !== undefined && isOfUnits(valueSet))
    // The grammar alone does not know which units there are.
    return (run, system, code) =>
      system === undefined && run.rules.codes?.concept?.(ucum, code)?.known === 'no'
        ? 'out'
        : core.validate(system, code);
  if (core !== undefined) return (_run, system, code) => core.validate(system, code);
  return (run, system, code) => run.rules.codes?.validate(valueSet, system, code, run.budget) ?? 'unknown';
}

const severities: Readonly<Record<Bound['strength'], Severity>> = {
  required: 'error',
  extensible: 'warning',
  maximum: 'error',
};

function checkCode(code: string, bound: Bound, found: Membership, run: Run): void {
  const { valueSet, strength } = bound;
  if (replaces(bound, found)) run.replacesBinding();
  if (found === 'out' && strength === 'maximum')
    run.report('code-outside-maximum', { valueSet, codes: shown(code) }, severities[strength]);
  else if (found === 'out') run.report('code-not-in-value-set', { code: shown(code), valueSet }, severities[strength]);
  else if (found === 'unknown') reportUnknown(valueSet, strength, run);
}

/**
 * Whether a binding takes the place of one before it: a required one always, another one when it is met. A maximum is met beside the binding
 * that it belongs to, and says nothing of it.
 */
function replaces({ strength, isAdditional }: Bound, found: Membership): boolean {
  if (strength === 'required' && isAdditional !== true) return true;
  return found === 'in' && strength !== 'maximum';
}

/** Reports a code that could not be checked: a warning if the binding is required. */
function reportUnknown(valueSet: string, strength: Bound['strength'], run: Run): void {
  const { codes, beyondSpecification } = run.rules;
  const [url = '', version] = valueSet.split('|');
  if (codes?.system?.(url, version) !== undefined && codes.valueSetKnowledge?.(valueSet) === undefined) {
    run.report('binding-code-system', { system: valueSet }, beyondSpecification);
    return;
  }
  if (strength === 'extensible') return;
  run.report('value-set-unknown', { valueSet }, strength === 'required' ? 'warning' : 'information');
}

function checkConcept(value: Json, bound: Bound, ask: Ask, marks: boolean, run: Run): void {
  const codings = codingsOf(value);
  if (codings === undefined) return;
  const { valueSet, strength } = bound;
  let outcome: Membership = 'out';
  let stated = 0;
  // Of which the check of the coding has told what is not known.
  let isTold = false;
  for (const coding of codings) {
    const { system, code } = coding;
    if (typeof code !== 'string') {
      isTold ||= isOfUnknownSystem(coding, run);
      continue;
    }
    stated += 1;
    const found = ask(run, typeof system === 'string' ? system : '', code);
    if (found === 'in') {
      checkVersions(value, valueSet, run);
      if (marks) checkMarks(value, valueSet, run);
      if (run.rules.wrongDisplays === 'error' && checkDisplays(value, bound, run)) return;
      if (replaces(bound, found) && !(strength === 'extensible' && hasRemark(codings, run))) run.replacesBinding();
      return;
    }
    if (found === 'unknown') outcome = 'unknown';
    else isTold ||= isOfUnknownVersion(coding, run);
  }
  if (marks && stated > 0) checkActive(value, valueSet, ask, run);
  if (replaces(bound, isTold ? 'unknown' : outcome)) run.replacesBinding();
  checkVersions(value, valueSet, run);
  if (stated === 0) {
    if (!isTold && bound.allowsText !== true) run.report('concept-without-code', { valueSet }, severities[strength]);
  } else if (outcome === 'unknown') {
    // Of the concept of a CodeableReference its own check tells that.
    if (strength === 'required' && isAtHand(valueSet, run)) {
      if (value['concept'] === undefined) reportSystems(value, ask, run);
    } else reportUnknown(valueSet, strength, run);
    if (strength === 'extensible') reportVersions(value, valueSet, run);
  } else if (!isTold) {
    // Of a Coding that stands alone its own check says no more than that its system is not known.
    if (codings[0] === value && strength !== 'maximum') reportSystemAlone(value, run);
    const id = strength === 'maximum' ? 'code-outside-maximum' : 'concept-not-in-value-set';
    run.report(id, { valueSet, codes: shownCodings(codings) }, severities[strength]);
  }
}

/**
 * Where a wrong display is an error, the concept does not hold what its value set has: tells so, beside what is told of the display, and whether it
 * did. Of a Coding that stands alone its own check says enough.
 */
function checkDisplays(value: Json, { valueSet, strength }: Bound, run: Run): boolean {
  if (strength === 'maximum') return false;
  const codings = codingsOf(value) ?? [];
  const misnamed = codings.find((coding) => coding !== value && isMisnamedIn(coding, valueSet, run));
  if (misnamed === undefined) return false;
  const values = { valueSet, display: shown(misnamed['display']), code: shown(misnamed['code']) };
  run.report('display-not-in-value-set', values, severities[strength]);
  return true;
}

/** A coding without a code says nothing that could be compared where its system is not at hand. */
function isOfUnknownSystem({ system, version }: Json, { rules: { codes } }: Run): boolean {
  if (typeof system !== 'string' || codes?.concept?.(system, '')?.known === undefined) return false;
  return codes.system?.(system, typeof version === 'string' ? version : undefined) === undefined;
}

/** Of a code of a version that is not at hand, while another one is, nothing can be told. */
const isOfUnknownVersion = ({ system, version }: Json, { rules: { codes } }: Run): boolean =>
  typeof system === 'string' &&
  typeof version === 'string' &&
  codes?.system?.(system) !== undefined &&
  codes.system(system, version) === undefined;

/** Whether something is told of one of the codes: then what is said of the binding of the base is not taken back. */
const hasRemark = (codings: readonly Json[], { rules: { codes } }: Run): boolean =>
  codings.some(({ system, code, version }) => {
    if (typeof system !== 'string' || typeof code !== 'string') return false;
    const found = codes?.concept?.(system, code, typeof version === 'string' ? version : undefined);
    return found !== undefined && (found.known === 'unknown' || found.status !== undefined);
  });

const isAtHand = (valueSet: string, { rules: { codes } }: Run): boolean =>
  coreValueSet(valueSet) !== undefined || codes?.valueSetKnowledge?.(valueSet)?.includes !== undefined;

/** The value set is at hand, and what it is made of is not: told of the systems of the codes, where that has not been done. */
function reportSystems(value: Json, ask: Ask, run: Run): void {
  eachCoding(value, run, ({ system, code }) => {
    if (typeof system !== 'string' || typeof code !== 'string' || ask(run, system, code) !== 'unknown') return;
    reportSystem(system, run);
  });
}

function reportSystem(system: string, run: Run): void {
  run.enter('system', -1);
  const { expression, issues } = run;
  run.spend(issues.length / 16);
  const isTold = issues.some(
    (one) => one.id === 'code-system-unknown' && one.severity === 'warning' && one.expression === expression,
  );
  if (!isTold) run.report('code-system-unknown', { system: shown(system) });
  run.leave();
}

function reportSystemAlone({ system, code, version }: Json, run: Run): void {
  const { codes } = run.rules;
  if (typeof system !== 'string' || typeof code !== 'string' || codes?.system === undefined) return;
  if (codes.valueSetKnowledge?.(system) !== undefined || codes.system(system) !== undefined) return;
  const found = codes.concept?.(system, code, typeof version === 'string' ? version : undefined);
  if (found?.known === 'unknown') reportSystem(system, run);
}

/** The value set names a version of a system of the codes that is not at hand. */
function reportVersions(value: Json, valueSet: string, run: Run): void {
  const { codes } = run.rules;
  const includes = codes?.valueSetKnowledge?.(valueSet)?.includes ?? [];
  eachCoding(value, run, ({ system, code }) => {
    if (typeof system !== 'string' || typeof code !== 'string') return;
    const named = includes.find((one) => one.system === system)?.version;
    if (named !== undefined && codes?.system?.(system, named) === undefined) reportSystem(system, run);
  });
}

/** A code of another version of its system than the value set is made of was compared with what is at hand. */
function checkVersions(value: Json, valueSet: string, run: Run): void {
  const codings = codingsOf(value);
  if (codings === undefined || !codings.some(({ version }) => version !== undefined)) return;
  eachCoding(value, run, (coding) => {
    if (coding['version'] !== undefined) checkVersion(coding, valueSet, run);
  });
}

/** Codes that the value set lists and marks itself as no longer to be used. */
function checkMarks(value: Json, valueSet: string, run: Run): void {
  const { codes } = run.rules;
  if (codes?.mark === undefined) return;
  eachCoding(value, run, ({ system, code }) => {
    if (typeof system !== 'string' || typeof code !== 'string') return;
    const status = codes.mark!(valueSet, system, code);
    if (status === undefined) return;
    run.enter('code', -1);
    run.report('code-marked', { code: shown(code), system: shown(system), status, valueSet });
    run.leave();
  });
}

/** Codes that are out of use, of a system whose other codes are in the value set. https://hl7.org/fhir/R5/valueset-definitions.html#ValueSet.compose.inactive */
function checkActive(value: Json, valueSet: string, ask: Ask, run: Run): void {
  const { codes } = run.rules;
  const knowledge = codes?.valueSetKnowledge?.(valueSet);
  if (knowledge?.isActiveOnly !== true) return;
  eachCoding(value, run, ({ system, code }) => {
    if (typeof system !== 'string' || typeof code !== 'string' || ask(run, system, code) !== 'out') return;
    if (!(knowledge.includes ?? []).some((one) => one.system === system)) return;
    const status = codes?.concept?.(system, code)?.status;
    if (status === undefined || status === 'deprecated') return;
    run.enter('code', -1);
    run.report('code-not-active', { code: shown(code), system: shown(system), status, valueSet });
    run.leave();
  });
}

/** Calls back for each coding of a Coding, CodeableConcept or CodeableReference, at its place. */
function eachCoding(value: Json, run: Run, visit: (coding: Json) => void): void {
  const concept = isObject(value['concept']) ? value['concept'] : undefined;
  const codings = concept?.['coding'] ?? value['coding'];
  if (!Array.isArray(codings)) {
    visit(value);
    return;
  }
  if (concept !== undefined) run.enter('concept', -1);
  for (const [i, coding] of codings.entries()) {
    if (!isObject(coding)) continue;
    run.enter('coding', i);
    visit(coding);
    run.leave();
  }
  if (concept !== undefined) run.leave();
}

function checkVersion({ system, version }: Json, valueSet: string, run: Run): void {
  if (typeof system !== 'string' || typeof version !== 'string') return;
  const { codes } = run.rules;
  const included = codes?.valueSetKnowledge?.(valueSet)?.includes?.find((one) => one.system === system);
  if (included === undefined) return;
  const expected = included.version ?? codes?.system?.(system)?.version;
  if (expected === undefined || expected === version) return;
  run.enter('version', -1);
  // A value set that names a version has codes of that one alone.
  const severity = included.version === undefined ? 'warning' : 'error';
  run.report('coding-version', { version: shown(version), system: shown(system), expected }, severity);
  run.leave();
}

/** The codings of a Coding, CodeableConcept, CodeableReference or Quantity; undefined when the value need not have any. */
function codingsOf(value: Json): readonly Json[] | undefined {
  if (isObject(value['concept'])) return listOf(value['concept']['coding']).filter(isObject);
  // A CodeableReference may do with a reference alone.
  if (value['reference'] !== undefined && value['coding'] === undefined && value['code'] === undefined)
    return undefined;
  if (value['coding'] !== undefined) return listOf(value['coding']).filter(isObject);
  // A quantity without a code has no unit to check.
  const isQuantity = value['value'] !== undefined || value['unit'] !== undefined || value['comparator'] !== undefined;
  if (value['code'] === undefined && isQuantity) return undefined;
  return value['code'] === undefined ? [] : [value];
}

function shownCodings(codings: readonly Json[]): string {
  return codings
    .map(({ system, code }) => shown(`${typeof system === 'string' ? system : ''}#${shown(code)}`))
    .join(', ');
}

/** Whether a code, Coding, CodeableConcept or Quantity is in a value set, for `memberOf()` and for slices. */
export function memberOfValueSet(value: unknown, valueSet: string, run: Run): Membership {
  return memberBy(membership(valueSet), value, run);
}

/** As `memberOfValueSet`, where the value set has been looked up. */
export function memberBy(ask: Ask, value: unknown, run: Run): Membership {
  if (typeof value === 'string') return ask(run, undefined, value);
  if (!isObject(value)) return 'out';
  let outcome: Membership = 'out';
  for (const { system, code } of codingsOf(value) ?? []) {
    if (typeof code !== 'string') continue;
    const found = ask(run, typeof system === 'string' ? system : '', code);
    if (found === 'in') return 'in';
    if (found === 'unknown') outcome = 'unknown';
  }
  return outcome;
}
