import type { Coding, ValueSetComposeInclude } from '@dhp/fhir-model';
import { namesOf } from '../language/names.ts';
import { message, versionList, type MessageId, type Sentence } from '../outcome/messages.ts';
import { canonical } from '../concepts/concept-system.ts';
import { versionMatches } from '../version/version-match.ts';
import { below } from './coded.ts';
import type { Trial } from './trial.ts';
import type { ValueSetChecker } from './value-set-checker.ts';

/**
 * The version of the code system to look a coding up in: that of the include under the rules of the request, or the coding's own if it is
 * one of the permitted ones. A coding of another version is reported.
 */
export function checkCodingVersion(
  checker: ValueSetChecker,
  include: ValueSetComposeInclude,
  coding: Coding,
  path: string,
  trial: Trial,
): string | undefined {
  const url = include.system!;
  const { knowledge } = checker.context;
  const own = coding.version;
  let version = checker.versionOf(url, include.version);
  if (own === undefined) return version;
  if (version !== undefined && version !== own && versionMatches(version, own)) version = own;
  if (version === undefined && knowledge.versions(url).some((known) => versionMatches(own, known))) version = own;

  const system = checker.find(url, version);
  const actual = system?.header.version;
  if (system !== undefined && actual !== own && !versionMatches(own, actual)) {
    const id = mismatch(version, include.version);
    const lenient = version === undefined && system.header.versionNeeded !== true;
    const text = message(id, url, version ?? actual, own, include.version);
    report(trial, lenient ? 'warning' : 'error', id, text, path);
    if (knowledge.system(url, own) === undefined) reportUnknownVersion(checker, url, own, path, trial);
  } else if (system === undefined && version !== own) {
    report(trial, 'error', 'VALUESET_VALUE_MISMATCH', message('VALUESET_VALUE_MISMATCH', url, version, own), path);
  }
  return version;
}

function mismatch(version: string | undefined, stated: string | undefined): MessageId {
  if (version === undefined) return 'VALUESET_VALUE_MISMATCH_DEFAULT';
  return version === stated ? 'VALUESET_VALUE_MISMATCH' : 'VALUESET_VALUE_MISMATCH_CHANGED';
}

function report(trial: Trial, severity: 'error' | 'warning', id: MessageId, text: Sentence, path: string): void {
  trial.report(severity, 'invalid', { kind: 'vs-invalid', id, text, expression: below(path, 'version') });
}

function reportUnknownVersion(
  checker: ValueSetChecker,
  url: string,
  version: string,
  path: string,
  trial: Trial,
): void {
  const id = 'UNKNOWN_CODESYSTEM_VERSION';
  trial.unknownSystems.add(canonical(url, version));
  const text = message(id, url, version, versionList(checker.context.knowledge.versions(url)));
  trial.report('error', 'not-found', { kind: 'not-found', id, text, expression: below(path, 'system') });
}

/**
 * Returns the latest of several included versions that has the code, with its display if one is given; undefined when that does not decide.
 */
export function pickVersion(checker: ValueSetChecker, { system, code = '', display }: Coding): string | undefined {
  if (system === undefined) return undefined;
  const sorted = checker.includes.versionsOf(system);
  if (sorted.length < 2) return undefined;
  const fitting = sorted.filter((version) => {
    const found = checker.find(system, version);
    const concept = found?.find(code);
    if (found === undefined || concept === undefined) return false;
    return display === undefined || namesOf(found.header, concept).some(({ value }) => value === display);
  });
  return fitting.length === sorted.length ? undefined : (fitting[0] ?? sorted[0]);
}
