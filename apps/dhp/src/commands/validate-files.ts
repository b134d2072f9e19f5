/** The work of `dhp validate`: opens the packages, validates every file and prints the findings. */
import { builtInVersion, PackageFault, specifierText, type FhirPackage } from '@dhp/fhir-package';
import { UsageError, type Repeated, type Values } from '../cli.ts';
import { findPackage } from '../packages/find-package.ts';
import { defaultServers, openRegistry } from '../packages/registry.ts';
import { progressOn, silent, type Progress } from '../progress.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { packageMessages } from '../texts/package.ts';
import { failureIn } from '../results.ts';
import { findingsIn, isError, ofXml, unreadable, type Finding, type FindingOptions } from '../validation/findings.ts';
import { languages } from '../validation/languages.ts';
import { openOffline, type Offline } from '../validation/offline.ts';
import { formats, openReport, type Report, type Totals } from '../validation/report.ts';
import { filesOf, subjectsIn } from '../validation/subjects.ts';

/**
 * @param repeated the paths as words, and the lists `profile` and `package`
 * @returns the exit code: 0 all are valid, 1 one is not, 2 something could not be read
 * @throws UsageError for an option's value that there is not
 */
export async function validate(
  values: Values,
  _first: string,
  _second: string,
  { words, lists }: Repeated,
): Promise<number> {
  const format = oneOf('format', values, formats, 'text');
  const language = oneOf('language', values, languages, 'en');
  // Progress goes to stderr and would mix with JSON if both streams had one target, so it is shown only with text.
  const progress = process.stderr.isTTY && format === 'text' ? progressOn(process.stderr, 1000) : silent;
  const packages = await openPackages(lists['package'] ?? [], progress);
  const nationalRules = values['no-national'] !== true;
  const offline = await openOffline({ packages, nationalRules, vitalSigns: values['vital-signs'] === true });
  const profiles = lists['profile'] ?? [];
  for (const profile of profiles) {
    if (!offline.knows(profile)) {
      throw new UsageError(packageMessages[spokenLanguage()].validate.profile({ profile }));
    }
  }
  return validateAll(words, {
    offline,
    progress,
    report: openReport(format, process.stdout, language),
    isShown: values['no-warnings'] === true ? isError : () => true,
    finding: { profiles, language, isGlobal: values['global'] === true },
  });
}

function oneOf<T extends string>(name: string, values: Values, allowed: readonly T[], usual: T): T {
  const value = values[name] ?? usual;
  const found = allowed.find((one) => one === value);
  if (found === undefined) {
    const { oneOf: said } = packageMessages[spokenLanguage()].validate;
    throw new UsageError(said({ option: name, allowed: allowed.join(', '), given: String(value) }));
  }
  return found;
}

async function openPackages(names: readonly string[], progress: Progress): Promise<FhirPackage[]> {
  const registry = openRegistry(defaultServers);
  const packages: FhirPackage[] = [];
  for (const name of names) {
    try {
      packages.push((await findPackage(name, registry, progress)).content);
    } catch (error) {
      // The exit status is that of a usage error; 1 would mean an invalid resource.
      throw error instanceof PackageFault ? new UsageError(failureIn(spokenLanguage(), error)) : error;
    }
  }
  const given = new Set(packages.map(({ manifest }) => manifest.name));
  for (const { manifest } of packages) {
    for (const [name, version] of manifest.dependencies) {
      if (given.has(name) || builtInVersion(name) !== undefined) continue;
      const missing = specifierText({ name, version });
      const { standsOn } = packageMessages[spokenLanguage()].validate;
      process.stderr.write(`${standsOn({ package: specifierText(manifest), missing })}\n`);
    }
  }
  return packages;
}

interface Work {
  readonly offline: Offline;
  readonly progress: Progress;
  readonly report: Report;
  readonly isShown: (finding: Finding) => boolean;
  readonly finding: FindingOptions;
}

/** @returns the exit code */
async function validateAll(paths: readonly string[], work: Work): Promise<number> {
  const { offline, progress, report, isShown, finding } = work;
  const started = performance.now();
  const totals: Totals = { files: 0, resources: 0, invalid: 0, errors: 0, warnings: 0 };
  const failed: string[] = [];
  const fail = (file: string, reason: string): void => {
    failed.push(file);
    process.stderr.write(`dhp: ${file}: ${reason}\n`);
  };
  const tell = (file: string, findings: readonly Finding[]): void => {
    totals.resources += 1;
    totals.errors += findings.filter(isError).length;
    totals.warnings += findings.filter(({ severity }) => severity === 'warning').length;
    if (findings.some(isError)) totals.invalid += 1;
    report.tell(file, findings.filter(isShown));
  };
  const files = await filesOf(paths);
  const said = packageMessages[spokenLanguage()];
  const step = progress.step(said.validate.step);
  for (const [i, file] of files.entries()) {
    if ('reason' in file) {
      fail(file.file, file.reason);
      continue;
    }
    totals.files += 1;
    for await (const subject of subjectsIn(file)) {
      if ('reason' in subject) fail(subject.file, subject.reason);
      else if ('fault' in subject)
        tell(subject.file, [...subject.faults.map(ofXml), unreadable(subject.fault, undefined)]);
      else tell(subject.file, findingsIn(subject, offline, finding));
      step.update(i, files.length, said.validate.files({ resources: grouped(totals.resources) }));
    }
  }
  step.done(said.resources({ resources: grouped(totals.resources) }));
  report.end(totals, (performance.now() - started) / 1000);
  if (failed.length > 0) return 2;
  return totals.invalid > 0 ? 1 : 0;
}
