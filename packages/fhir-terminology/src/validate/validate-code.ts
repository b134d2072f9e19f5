import type { CodeSystem, Parameters, ParametersParameter, ValueSet } from '@dhp/fhir-model';
import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';
import type { Settings } from '../parameters/settings.ts';
import { resources, text } from '../parameters/values.ts';
import { systemOf } from '../source/resource-source.ts';
import { canonical, type ConceptSystem } from '../concepts/concept-system.ts';
import { splitReference } from '../source/implicit-value-sets.ts';
import type { Knowledge } from '../source/knowledge.ts';
import { checkValueSetVersion } from '../value-set/value-set.ts';
import { ruledVersion } from '../version/version-rules.ts';
import { below, isAbsolute, pathOf, readCoded, type Coded } from './coded.ts';
import { reportUnknown } from './system-reports.ts';
import { Trial } from './trial.ts';
import { validateCoded } from './validate-coded.ts';
import { Unprepared, type CheckContext } from './check-context.ts';
import { ValueSetChecker } from './value-set-checker.ts';

const supplementExtension = 'http://hl7.org/fhir/StructureDefinition/valueset-supplement';

/**
 * ValueSet/$validate-code (https://hl7.org/fhir/R5/valueset-operation-validate-code.html).
 * @param instance the value set of an instance level request
 * @throws TerminologyFault when the request cannot be answered: no code, a value set or a supplement that is not known
 */
export function validateValueSetCode(context: CheckContext, parameters: Parameters, instance?: ValueSet): Parameters {
  const valueSet = instance ?? findValueSet(context, parameters);
  const coded = readCoded(parameters, 'ValueSet');
  if (coded === undefined) {
    const sentence = message('NO_CODE_TO_VALIDATE');
    throw new TerminologyFault('unanswerable', [issue('error', 'invalid', { text: sentence })]);
  }
  wantSupplements(context, valueSet);
  let checker: ValueSetChecker;
  try {
    checker = new ValueSetChecker(context, valueSet);
    requireSupplements(context.knowledge);
  } catch (error) {
    if (error instanceof Unprepared) return refusal(error.in(context.language), coded);
    throw error;
  }
  return validateCoded(checker, coded);
}

/** CodeSystem/$validate-code (https://hl7.org/fhir/R5/codesystem-operation-validate-code.html); as above. */
export function validateSystemCode(context: CheckContext, parameters: Parameters, instance?: CodeSystem): Parameters {
  const inline = resources(parameters, 'codeSystem')[0] as CodeSystem | undefined;
  const given = instance ?? (inline?.url === undefined ? undefined : inline);
  const coded = readCoded(parameters, 'CodeSystem', given?.url);
  if (coded === undefined) {
    const sentence = message('NO_CODE_TO_VALIDATE_IN_SYSTEM');
    throw new TerminologyFault('invalid-request', [issue('error', 'invalid', { text: sentence })]);
  }
  for (const supplement of context.settings.supplements) context.knowledge.want(supplement);
  const system = given === undefined ? findSystem(context, parameters, coded) : systemOf(given);
  if (!('header' in system)) return system;
  requireSupplements(context.knowledge);
  const { url, version, valueSet } = system.header;
  const all: ValueSet = {
    resourceType: 'ValueSet',
    url: valueSet ?? `${url}/vs`,
    ...(version !== undefined && { version }),
    status: 'active',
    compose: { include: [{ system: url, ...(version !== undefined && { version }) }] },
  };
  // The url of the request gives the system of a code; a Coding has its own.
  return validateCoded(new ValueSetChecker(context, all), coded, true);
}

/** The value set of a type level request: given with it, or known by its url. */
export function findValueSet(
  { knowledge, settings }: { knowledge: Knowledge; settings: Settings },
  parameters: Parameters,
): ValueSet {
  const given = resources(parameters, 'valueSet')[0] as ValueSet | undefined;
  if (given !== undefined) return given;
  const reference = text(parameters, 'url');
  if (reference === undefined) {
    const sentence = message('NO_VALUE_SET');
    throw new TerminologyFault('invalid-request', [issue('error', 'invalid', { text: sentence })]);
  }
  const [url, own] = splitReference(reference);
  const version = ruledVersion(settings.rules, 'valueset', url, text(parameters, 'valueSetVersion') ?? own);
  const valueSet = knowledge.valueSet(url, version);
  if (valueSet !== undefined) {
    checkValueSetVersion(settings, valueSet);
    return valueSet;
  }
  const id = 'Unable_to_resolve_value_Set_';
  const sentence = message(id, canonical(url, version));
  throw new TerminologyFault('unknown-definition', [
    issue('error', 'not-found', { kind: 'not-found', id, text: sentence }),
  ]);
}

/** Calls for the supplements that the request and the value set name. */
export function wantSupplements(
  { knowledge, settings }: { knowledge: Knowledge; settings: Settings },
  valueSet: ValueSet,
): void {
  for (const supplement of settings.supplements) knowledge.want(supplement);
  for (const { url, valueCanonical, valueUri } of valueSet.extension ?? []) {
    const supplement = valueCanonical ?? valueUri;
    if (url === supplementExtension && supplement !== undefined) knowledge.want(supplement);
  }
}

/** @throws TerminologyFault if a requested supplement belongs to none of the code systems in use */
export function requireSupplements(knowledge: Knowledge): void {
  const missing = knowledge.missingSupplements();
  if (missing.length === 0) return;
  const id = 'VALUESET_SUPPLEMENT_MISSING';
  const sentence = message(id, missing.join(','));
  throw new TerminologyFault('unknown-definition', [
    issue('error', 'not-found', { kind: 'not-found', id, text: sentence }),
  ]);
}

/** The code system of the request; or the answer if it is unknown. */
function findSystem(context: CheckContext, parameters: Parameters, coded: Coded): ConceptSystem | Parameters {
  const { knowledge, settings } = context;
  const [first] = coded.codings;
  const [url, own] = (text(parameters, 'url') ?? first?.system ?? '').split('|');
  if (!url) {
    const sentence = message('NO_CODE_SYSTEM');
    throw new TerminologyFault('invalid-request', [issue('error', 'invalid', { text: sentence })]);
  }
  const version = ruledVersion(settings.rules, 'system', url, text(parameters, 'version') ?? own ?? first?.version);
  const system = knowledge.system(url, version);
  if (system !== undefined) return system;
  return unknownSystem(context, coded, url, version);
}

/** Answers that a code system is not there: it is a value set, or a supplement, or this version or all of it is not known. */
function unknownSystem(
  { knowledge, language }: CheckContext,
  coded: Coded,
  url: string,
  version: string | undefined,
): Parameters {
  const kind = 'invalid-data';
  const expression = below(pathOf(coded, 0), 'system');
  const invalid = (id: 'Terminology_TX_System_ValueSet2' | 'CODESYSTEM_CS_NO_SUPPLEMENT', name: string): Parameters =>
    refusal(
      new TerminologyFault(
        'unanswerable',
        [issue('error', 'invalid', { kind, id, text: message(id, name), expression })],
        language,
      ),
      coded,
    );
  const [supplement] = knowledge.source.supplement(url);
  if (knowledge.valueSet(url) !== undefined) return invalid('Terminology_TX_System_ValueSet2', url);
  if (supplement !== undefined) return invalid('CODESYSTEM_CS_NO_SUPPLEMENT', canonical(url, supplement.version));
  const trial = new Trial();
  reportUnknown(knowledge, url, version, pathOf(coded, 0), trial);
  if (!isAbsolute(url)) {
    const id = 'Terminology_TX_System_Relative';
    trial.report('error', 'invalid', { kind, id, text: message(id), expression });
  }
  return refusal(new TerminologyFault('unanswerable', trial.issues, language), coded, [...trial.unknownSystems][0]);
}

/** The answer no, for a reason that is in the value set or code system and not in the code. */
function refusal(fault: TerminologyFault, coded: Coded, unknownSystem?: string): Parameters {
  const parameter: ParametersParameter[] = [{ name: 'result', valueBoolean: false }];
  const [first] = coded.codings;
  if (coded.mode !== 'codeableConcept') {
    if (first?.system !== undefined) parameter.push({ name: 'system', valueUri: first.system });
    if (first?.code !== undefined) parameter.push({ name: 'code', valueCode: first.code });
  }
  if (unknownSystem !== undefined) parameter.push({ name: 'x-unknown-system', valueCanonical: unknownSystem });
  if (coded.concept !== undefined) parameter.push({ name: 'codeableConcept', valueCodeableConcept: coded.concept });
  parameter.push({ name: 'message', valueString: fault.message }, { name: 'issues', resource: fault.outcome });
  return { resourceType: 'Parameters', parameter };
}
