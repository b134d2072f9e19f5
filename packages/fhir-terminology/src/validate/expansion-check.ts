import type { Coding } from '@dhp/fhir-model';
import { versionMatches } from '../version/version-match.ts';
import { checkInclude } from './include-check.ts';
import { reportUnknown } from './system-reports.ts';
import type { Found, Trial } from './trial.ts';
import { selectableEntries } from '../value-set/value-set.ts';
import type { ValueSetChecker } from './value-set-checker.ts';

/** Whether a coding is among the entries of a value set that only has an expansion; as ValueSetChecker.check. */
export function checkExpansion(
  checker: ValueSetChecker,
  coding: Coding,
  path: string,
  trial: Trial,
  found: Found,
): boolean | undefined {
  const entries = selectableEntries(checker.valueSet.expansion?.contains);
  checker.context.budget?.spend(5 * entries.length, 'the expansion of a value set');
  const entry = entries.find(
    ({ system, version, code }) =>
      system !== undefined &&
      checker.context.knowledge.canonicalOf(system) === coding.system &&
      code === coding.code &&
      (version === undefined || coding.version === undefined || versionMatches(version, coding.version)),
  );
  if (entry === undefined || coding.system === undefined) return false;
  const system = checker.find(coding.system, entry.version ?? coding.version, trial, path);
  if (system === undefined) {
    reportUnknown(checker.context.knowledge, coding.system, entry.version ?? coding.version, path, trial);
    return undefined;
  }
  const include = { system: coding.system };
  found.header = system.header;
  return checkInclude(checker, { system, include, code: coding.code ?? '', path, trial, found, role: 'include' });
}
