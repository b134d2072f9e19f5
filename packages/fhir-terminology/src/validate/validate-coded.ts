import type { Coding, Parameters } from '@dhp/fhir-model';
import { namesOf, preferredName } from '../language/names.ts';
import { message } from '../outcome/messages.ts';
import { isInactive, statusOf } from '../concepts/concept-properties.ts';
import type { ConceptSystem } from '../concepts/concept-system.ts';
import { answer, type Match } from './answer.ts';
import { noteStanding, standingOfSystem, standingOfValueSet } from './canonical-status.ts';
import { below, isAbsolute, pathOf, showCoding, type Coded } from './coded.ts';
import { checkDisplay } from './display-check.ts';
import { inferSystem } from './infer-system.ts';
import { Trial, type Found } from './trial.ts';
import { nameOf } from '../value-set/value-set.ts';
import { reportUnknown } from './system-reports.ts';
import type { ValueSetChecker } from './value-set-checker.ts';

/**
 * Validates a code, Coding or CodeableConcept: valid if one of its codings is in the value set and none has an error.
 * @param internal the value set represents a code system (CodeSystem/$validate-code): the answer does not mention it
 */
export function validateCoded(checker: ValueSetChecker, coded: Coded, internal = false): Parameters {
  const trial = new Trial();
  const standing = standingOfValueSet(checker.valueSet);
  if (!internal) noteStanding(trial, standing, standing);
  const evaluation = new Evaluation(checker, coded, trial, internal);
  coded.codings.forEach((coding, i) => evaluation.add(coding, pathOf(coded, i)));
  evaluation.summarise();
  return answer(coded, trial, evaluation, checker.context.language);
}

class Evaluation {
  /** Whether one coding is in the value set; undefined if that is undecidable. */
  result: boolean | undefined = false;
  match: Match | undefined;
  /** Details of a single coding that is not in the value set. */
  readonly other: Match = {};
  readonly #checker: ValueSetChecker;
  readonly #coded: Coded;
  readonly #trial: Trial;
  readonly #internal: boolean;
  #unusable = false;

  constructor(checker: ValueSetChecker, coded: Coded, trial: Trial, internal: boolean) {
    this.#checker = checker;
    this.#coded = coded;
    this.#trial = trial;
    this.#internal = internal;
  }

  add(given: Coding, path: string): void {
    const trial = this.#trial;
    const { settings } = this.#checker.context;
    if (given.code === undefined) {
      this.#unusable = true;
      const text = message(given.system === undefined ? 'CODING_WITHOUT_CODE' : 'CODING_WITHOUT_CODE_IN', given.system);
      trial.addMessage(text);
      trial.report('warning', 'invalid', { kind: 'invalid-data', text, expression: path });
      return;
    }
    const coding = this.#withSystem(given, path);
    const found: Found = { names: [] };
    const result = coding.system === undefined ? false : this.#checker.check(coding, path, trial, found);
    this.#pay(found.names.length);
    if (this.result !== true && result !== false) this.result = result;
    if (result === false && !this.#internal && this.#coded.mode === 'codeableConcept') {
      const id = 'None_of_the_provided_codes_are_in_the_value_set_one';
      const text = message(id, this.#name(), showCoding(given));
      const expression = below(path, 'code');
      trial.report('information', 'code-invalid', { kind: 'this-code-not-in-vs', id, text, expression });
    }
    if (result === true) {
      checkDisplay(settings, coding, found, path, trial);
      this.match ??= this.#matchOf(given, found, path);
    } else {
      Object.assign(this.other, { system: given.system, code: given.code, version: given.version, path });
      if (coding.system !== undefined && !settings.is('valueset-membership-only')) this.#explain(coding, path);
    }
  }

  /** The display is compared with each name in each language that is requested. */
  #pay(names: number): void {
    const { settings, budget } = this.#checker.context;
    budget?.spend(20 + names * (5 + (settings.languages?.ranges.length ?? 0)), 'the names of a code');
  }

  /** Adds the summary if nothing matches. */
  summarise(): void {
    if (this.result !== false || (this.#unusable && this.#coded.mode !== 'codeableConcept')) return;
    if (this.#internal && this.#trial.hasErrors) return;
    if (this.#coded.mode === 'codeableConcept') {
      const id = 'TX_GENERAL_CC_ERROR_MESSAGE';
      this.#trial.report('error', 'code-invalid', { kind: 'not-in-vs', id, text: message(id, this.#name()) });
      return;
    }
    const id = 'None_of_the_provided_codes_are_in_the_value_set_one';
    const text = message(id, this.#name(), this.#coded.codings.map(showCoding).join(', '));
    const expression = below(this.#coded.mode === 'code' ? '' : 'Coding', 'code');
    this.#trial.report('error', 'code-invalid', { kind: 'not-in-vs', id, text, expression });
  }

  #name(): string {
    return nameOf(this.#checker.valueSet) || '(unidentified)';
  }

  /** Only a code on its own may have its system found for it. */
  #withSystem(coding: Coding, path: string): Coding {
    if (coding.system !== undefined) return coding;
    if (this.#coded.mode !== 'code' || !this.#checker.context.settings.is('inferSystem')) {
      const id = 'Coding_has_no_system__cannot_validate';
      this.#trial.addMessage(message(id));
      this.#trial.report('warning', 'invalid', { kind: 'invalid-data', id, text: message(id), expression: path });
      return coding;
    }
    const system = inferSystem(this.#checker, coding.code ?? '', this.#trial);
    if (system === undefined) return coding;
    this.#trial.impliedSystem = system;
    return { ...coding, system };
  }

  #matchOf(given: Coding, { names, header }: Found, path: string): Match {
    return {
      system: given.system ?? this.#trial.impliedSystem,
      code: given.code,
      version: header?.version,
      display: this.#show(names),
      path,
    };
  }

  #show(names: Found['names']): string | undefined {
    const languages = this.#checker.context.settings.languages;
    return (preferredName(names, languages) ?? preferredName(names, undefined))?.value;
  }

  /** Looks a coding outside the value set up in its code system, to report its errors. */
  #explain(coding: Coding, path: string): void {
    const trial = this.#trial;
    const url = coding.system!;
    if (!isAbsolute(url)) {
      const id = 'Terminology_TX_System_Relative';
      const expression = path === '' ? '' : below(path, 'system');
      trial.report('error', 'invalid', { kind: 'invalid-data', id, text: message(id), expression });
    }
    const version = coding.version ?? this.#latestIncluded(url);
    const system = this.#checker.find(url, version, trial, path);
    if (system === undefined) this.#explainSystem(coding, version, path);
    else this.#explainCode(coding, system, path);
  }

  #explainSystem({ system: url = '' }: Coding, version: string | undefined, path: string): void {
    const { knowledge } = this.#checker.context;
    const expression = below(path, 'system');
    const report = (id: 'Terminology_TX_System_ValueSet2' | 'CODESYSTEM_CS_NO_SUPPLEMENT', name: string): void => {
      this.#trial.report('error', 'invalid', { kind: 'invalid-data', id, text: message(id, name), expression });
    };
    const [supplement] = knowledge.source.supplement(url);
    if (knowledge.valueSet(url) !== undefined) report('Terminology_TX_System_ValueSet2', url);
    else if (supplement !== undefined)
      report(
        'CODESYSTEM_CS_NO_SUPPLEMENT',
        `${url}${supplement.version === undefined ? '' : `|${supplement.version}`}`,
      );
    else reportUnknown(knowledge, url, version, path, this.#trial);
  }

  #explainCode(coding: Coding, system: ConceptSystem, path: string): void {
    const trial = this.#trial;
    const { settings, now } = this.#checker.context;
    const { header } = system;
    const { code = '' } = coding;
    noteStanding(trial, standingOfSystem(header), standingOfValueSet(this.#checker.valueSet));
    const concept = system.find(code);
    const expression = below(path, 'code');
    if (concept === undefined) {
      const fragment = header.content !== 'complete';
      const versioned = header.version === undefined ? 'Unknown_Code_in' : 'Unknown_Code_in_Version';
      const id = fragment ? 'UNKNOWN_CODE_IN_FRAGMENT' : versioned;
      const text = message(id, code, header.url, header.version);
      trial.report(fragment ? 'warning' : 'error', 'code-invalid', { kind: 'invalid-code', id, text, expression });
      const why = system.whyUnknown?.(code);
      if (why !== undefined)
        trial.report('information', 'code-invalid', { kind: 'invalid-code', text: why, expression });
      this.other.version ??= header.version;
      return;
    }
    this.#explainFilters(code, system);
    if (isInactive(header, concept))
      trial.noteCondition(path, { code, isInactive: true, status: statusOf(header, concept, now) });
    const names = namesOf(header, concept);
    this.#pay(names.length);
    checkDisplay(settings, coding, { names, header }, path, trial);
    Object.assign(this.other, { display: this.#show(names), version: header.version ?? this.other.version });
  }

  /** Reports the reason of a filter defined by the code system. */
  #explainFilters(code: string, system: ConceptSystem): void {
    if (system.whyLeftOut === undefined) return;
    const includes = this.#checker.valueSet.compose?.include ?? [];
    for (const include of includes) {
      if (include.system !== system.header.url) continue;
      for (const filter of include.filter ?? []) {
        const why = system.whyLeftOut(code, filter);
        if (why !== undefined) this.#trial.addMessage(why);
      }
    }
  }

  /** A value set that names versions of the code system is about the latest of them. */
  #latestIncluded(url: string): string | undefined {
    return [...this.#checker.includes.versionsOf(url)].sort().at(-1);
  }
}
