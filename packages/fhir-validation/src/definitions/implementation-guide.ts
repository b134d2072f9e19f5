import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

/** The form of a package name. https://confluence.hl7.org/display/FHIR/NPM+Package+Specification */
const packageName = /^[A-Za-z][\w-]*(?:\.[\w-]+)+$/;
const packageVersion = /^[\w$-]+(?:\.[\w$-]+)*$/;

/** Checks the FHIR versions and the dependencies of an ImplementationGuide. https://hl7.org/fhir/R5/implementationguide.html */
export function checkImplementationGuide({ fhirVersion, dependsOn }: Json, run: Run): void {
  if (listOf(fhirVersion).length === 0) run.report('guide-version-missing');
  for (const [i, one] of listOf(dependsOn).entries()) {
    if (!isObject(one)) continue;
    run.enter('dependsOn', i);
    checkDependency(one, run);
    run.leave();
  }
}

function checkDependency({ uri, packageId, version }: Json, run: Run): void {
  const { length: before } = run.issues;
  const bar = typeof uri === 'string' ? uri.indexOf('|') : -1;
  const canonical = typeof uri === 'string' && bar >= 0 ? uri.slice(0, bar) : uri;
  if (typeof uri === 'string' && bar >= 0) checkVersion(uri.slice(bar + 1), version, run);
  if (typeof canonical === 'string' && !canonical.includes('/ImplementationGuide/'))
    run.report('guide-canonical', { uri: canonical });
  const isRight = run.issues.length === before;
  if (typeof canonical === 'string' && isUnknown(canonical, run))
    run.report('guide-dependency-unknown', { uri: shown(canonical) });
  if (packageId === undefined && isRight) run.report('guide-dependency-package');
  if (typeof packageId !== 'string') return;
  if (!packageName.test(packageId)) run.report('guide-package', { package: shown(packageId) });
  else if (typeof version === 'string' && !packageVersion.test(version))
    run.report('guide-package-version', { version: shown(version) });
  // A missing version is not reported for a dependency that has another fault.
  if (version === undefined && isRight && packageName.test(packageId)) run.report('guide-dependency-version');
}

/** Guides whose definitions are built into this package. */
const builtIn: ReadonlySet<string> = new Set([
  'http://hl7.org/fhir/ImplementationGuide/fhir',
  'http://hl7.org/fhir/extensions/ImplementationGuide/hl7.fhir.uv.extensions',
  'http://terminology.hl7.org/ImplementationGuide/hl7.terminology',
]);

/** Whether a guide is not among the available definitions. False if no guides are available at all. */
const isUnknown = (canonical: string, { rules: { profiles } }: Run): boolean =>
  profiles.hasOthers && !builtIn.has(canonical) && profiles.other('ImplementationGuide', canonical) === undefined;

/** A version in the canonical must equal the `version` element beside it. */
function checkVersion(behind: string, version: unknown, run: Run): void {
  if (behind !== '' && behind === version) return;
  run.report('guide-canonical-version', {
    behind: behind === '' ? undefined : behind,
    version: typeof version === 'string' ? version : undefined,
  });
}
