import type { ValueSetComposeInclude, ValueSetComposeIncludeConcept } from '@dhp/fhir-model';
import { allOf, conceptTest } from '../filter/concept-filter.ts';
import { namesIn, namesOf } from '../language/names.ts';
import { message } from '../outcome/messages.ts';
import { isAbstract, isInactive, listedMark, statusOf } from '../concepts/concept-properties.ts';
import { canonical, type Concept, type ConceptSystem } from '../concepts/concept-system.ts';
import { below } from './coded.ts';
import type { Found, Trial } from './trial.ts';
import type { ValueSetChecker } from './value-set-checker.ts';
import { nameOf } from '../value-set/value-set.ts';

/** A code put to one include or exclude of a value set. */
export interface IncludeQuestion {
  readonly system: ConceptSystem;
  readonly include: ValueSetComposeInclude;
  readonly code: string;
  readonly path: string;
  readonly trial: Trial;
  readonly found: Found;
  /** An exclude only removes: it reports no errors of the code. */
  readonly role: 'include' | 'exclude';
}

/** Whether a code is selected by an include from its code system: all of it, one of a list, or by the filters. */
export function checkInclude(checker: ValueSetChecker, question: IncludeQuestion): boolean {
  const { system, include, code } = question;
  const concept = system.find(code);
  if (include.concept === undefined && include.filter === undefined) {
    return concept === undefined ? reportUnknownCode(checker, question) : accept(checker, question, concept);
  }
  if (concept === undefined) return false;
  const listed = include.concept && checker.codesOf(include, system).find(concept);
  if (listed !== undefined) return accept(checker, question, concept, listed);
  if (include.filter === undefined) return false;
  const tests = include.filter.map((filter) => conceptTest(system, filter, checker.context.budget) ?? (() => false));
  return allOf(tests)(concept) && accept(checker, question, concept);
}

/** A code that its system does not have. In a fragment it may be valid all the same. */
function reportUnknownCode(checker: ValueSetChecker, { system, code, path, trial, role }: IncludeQuestion): boolean {
  if (role === 'exclude' || checker.context.settings.is('valueset-membership-only')) return false;
  const { url, version, content } = system.header;
  const expression = below(path, 'code');
  if (content !== 'complete') {
    const id = 'UNKNOWN_CODE_IN_FRAGMENT';
    const text = message(id, code, url, version);
    trial.report('warning', 'code-invalid', { kind: 'invalid-code', id, text, expression });
    return true;
  }
  const id = version === undefined ? 'Unknown_Code_in' : 'Unknown_Code_in_Version';
  const text = message(id, code, url, version);
  trial.report('error', 'code-invalid', { kind: 'invalid-code', id, text, expression });
  return false;
}

/** A concept that the include holds, unless it is abstract or inactive where that is not wanted. */
function accept(
  checker: ValueSetChecker,
  { system, include, code, path, trial, found, role }: IncludeQuestion,
  concept: Concept,
  listed?: ValueSetComposeIncludeConcept,
): boolean {
  const { settings, now } = checker.context;
  const { header } = system;
  if (role === 'exclude') return true;
  noteNames(checker, system, concept, found, listed);
  noteNormalForm(trial, system, concept, code, path);
  const expression = below(path, 'code');
  const inactive = isInactive(header, concept);
  const condition = { code, isInactive: inactive, status: statusOf(header, concept, now) };
  if (settings.flags.abstract === false && isAbstract(header, concept)) {
    const id = 'ABSTRACT_CODE_NOT_ALLOWED';
    const text = message(id, header.url, code);
    trial.report('error', 'business-rule', { kind: 'code-rule', id, text, expression });
    return false;
  }
  trial.noteCondition(path, condition);
  if (inactive && (settings.is('activeOnly') || checker.valueSet.compose?.inactive === false)) {
    if (include.concept === undefined && include.filter === undefined) reportInactive(trial, code, path);
    return false;
  }
  if (listed !== undefined) noteDeprecation(checker, header.url, listed, expression, trial);
  return true;
}

/** Reports a code that is right but for being inactive. */
export function reportInactive(trial: Trial, code: string, path: string): void {
  const id = 'STATUS_CODE_WARNING_CODE';
  const text = message(id, 'not active', code);
  trial.report('error', 'business-rule', { kind: 'code-rule', id, text, expression: below(path, 'code') });
}

/** Notes the valid names of the concept: by its code system, and by the value set that lists it. */
export function noteNames(
  checker: ValueSetChecker,
  system: ConceptSystem,
  concept: Concept,
  found: Found,
  listed?: ValueSetComposeIncludeConcept,
): void {
  found.names = namesIn(namesOf(system.header, concept), listed, checker.valueSet.language);
}

function noteNormalForm(trial: Trial, { header }: ConceptSystem, concept: Concept, code: string, path: string): void {
  if (concept.code === code) return;
  const id = 'CODE_CASE_DIFFERENCE';
  const text = message(id, code, concept.code, canonical(header.url, header.version));
  trial.normalisedCode = concept.code;
  trial.report('information', 'business-rule', { kind: 'code-rule', id, text, expression: below(path, 'code') });
}

/** The value set itself may mark a code that it lists. */
function noteDeprecation(
  checker: ValueSetChecker,
  url: string,
  listed: ValueSetComposeIncludeConcept,
  expression: string,
  trial: Trial,
): void {
  const status = listedMark(listed);
  if (status === undefined) return;
  const id = 'CONCEPT_DEPRECATED_IN_VALUESET';
  const text = message(id, url, listed.code, status, nameOf(checker.valueSet));
  trial.report('warning', 'business-rule', { kind: 'code-comment', id, text, expression });
}
