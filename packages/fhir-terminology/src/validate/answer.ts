import type { Parameters, ParametersParameter } from '@dhp/fhir-model';
import type { Language } from '@dhp/negotiation';
import { issueIn } from '../outcome/issue.ts';
import { message as sentenceOf } from '../outcome/messages.ts';
import type { Coded } from './coded.ts';
import type { Trial } from './trial.ts';

/** A coding as the answer returns it. */
export interface Match {
  system?: string | undefined;
  code?: string | undefined;
  version?: string | undefined;
  display?: string | undefined;
  /** Path of the coding in the request. */
  path?: string;
}

/** The result of validation as the operation returns it (https://hl7.org/fhir/R5/valueset-operation-validate-code.html). */
export function answer(
  coded: Coded,
  trial: Trial,
  { result, match, other }: { result: boolean | undefined; match: Match | undefined; other: Match },
  language: Language,
): Parameters {
  const valid = result === true && !trial.hasErrors;
  const single = coded.mode === 'codeableConcept' ? undefined : other;
  const shown = match ?? single;
  const stated = noteStatus(coded, trial, shown);
  const parameter: ParametersParameter[] = [{ name: 'result', valueBoolean: valid }];
  const system = match?.system ?? (result === true ? trial.impliedSystem : undefined) ?? single?.system;
  if (system !== undefined) parameter.push({ name: 'system', valueUri: system });
  // An unknown system that did not affect the result is not mentioned.
  const name = result === false ? 'x-unknown-system' : 'x-caused-by-unknown-system';
  if (!valid) for (const unknown of trial.unknownSystems) parameter.push({ name, valueCanonical: unknown });
  if (trial.normalisedCode !== undefined) parameter.push({ name: 'normalized-code', valueCode: trial.normalisedCode });
  if (shown?.code !== undefined) parameter.push({ name: 'code', valueCode: shown.code });
  if (shown?.version !== undefined) parameter.push({ name: 'version', valueString: shown.version });
  if (shown?.code !== undefined && shown.display !== undefined)
    parameter.push({ name: 'display', valueString: shown.display });
  parameter.push(...stated);
  const message = trial.messageIn(language);
  if (message !== '') parameter.push({ name: 'message', valueString: message });
  if (coded.concept !== undefined) parameter.push({ name: 'codeableConcept', valueCodeableConcept: coded.concept });
  const issue = trial.issues.map((one) => issueIn(language, one));
  if (issue.length > 0) parameter.push({ name: 'issues', resource: { resourceType: 'OperationOutcome', issue } });
  return { resourceType: 'Parameters', parameter };
}

/** Warns of each inactive or deprecated concept, and returns the corresponding parameters for the returned code. */
function noteStatus({ mode }: Coded, trial: Trial, shown: Match | undefined): ParametersParameter[] {
  const parameters: ParametersParameter[] = [];
  for (const [path, { code, isInactive, status }] of trial.conditions) {
    const isDeprecated = status?.toLowerCase() === 'deprecated';
    if (!isInactive && !isDeprecated) continue;
    const isPlain = status === undefined || status === 'inactive';
    if (mode !== 'codeableConcept' || shown?.path === path) {
      if (isInactive) parameters.push({ name: 'inactive', valueBoolean: true });
      if (!isInactive) parameters.push({ name: 'status', valueCode: 'deprecated' });
      else if (!isPlain) parameters.push({ name: 'status', valueCode: status });
    }
    const id = isInactive ? 'INACTIVE_CONCEPT_FOUND' : 'DEPRECATED_CONCEPT_FOUND';
    const sentence = isInactive && !isPlain ? 'INACTIVE_CONCEPT_FOUND_ADD' : id;
    const text = sentenceOf(sentence, status ?? 'inactive', code);
    const expression = path === '' ? 'code' : path;
    trial.addMessage(text);
    trial.report('warning', 'business-rule', { kind: 'code-comment', id, text, expression });
  }
  return parameters;
}
