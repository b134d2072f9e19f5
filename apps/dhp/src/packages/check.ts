/**
 * Whether the resources of packages conform to FHIR R5 and to the definitions of these and the built-in packages, and whether their search
 * parameters can be used.
 */
import { unservedSubscription } from '@dhp/fhir';
import type { FhirPackage } from '@dhp/fhir-package';
import { searchParameterProblems } from '@dhp/fhir-store';
import { grouped, spokenLanguage } from '../locale.ts';
import { packageMessages } from '../texts/package.ts';
import type { Progress } from '../progress.ts';
import { findingsIn, isError } from '../validation/findings.ts';
import { openOffline } from '../validation/offline.ts';

/** A resource of a package that does not conform. */
export interface Faulty {
  /** `Type/id`, or only the type if it has no id. */
  readonly resource: string;
  readonly errors: number;
  /** The first error, in English, with the element that it is about. */
  readonly first: string;
}

/**
 * Validates the resources of packages that are installed together, by the definitions and codes of all of them.
 * @returns faulty resources, by package in the order given
 */
export async function checkPackages(packages: readonly FhirPackage[], progress: Progress): Promise<Faulty[][]> {
  const offline = await openOffline({ packages, nationalRules: true, vitalSigns: false });
  const said = packageMessages[spokenLanguage()];
  const step = progress.step(said.check.step);
  const count = packages.reduce((sum, { resources }) => sum + resources.length, 0);
  const unusable = unusableParameters(packages);
  let done = 0;
  const found = packages.map(({ resources }) =>
    resources.flatMap(({ file, type, id, source, resource }): Faulty[] => {
      const subject = { file, text: source.text, line: undefined };
      const found = findingsIn(subject, offline, { profiles: [], language: 'en', isGlobal: false }).filter(isError);
      const errors = found.map(({ expression = type, text }) => `${expression}: ${text}`);
      const unserved = unservedSubscription(resource)?.detail.diagnostics;
      const all = [
        ...(unserved === undefined ? [] : [`Subscription.status: it is not installed. ${unserved}`]),
        ...errors,
        ...(unusable.get(resource) ?? []),
      ];
      done += 1;
      step.update(done, count, said.units.resources);
      const [first] = all;
      return first === undefined
        ? []
        : [{ resource: id === undefined ? type : `${type}/${id}`, errors: all.length, first }];
    }),
  );
  step.done(said.resources({ resources: grouped(count) }));
  return found;
}

/** The search parameters that cannot be used, each with its problems. */
function unusableParameters(packages: readonly FhirPackage[]): ReadonlyMap<object, readonly string[]> {
  const parameters = packages.flatMap(({ resources }) =>
    resources.filter(({ type }) => type === 'SearchParameter').map(({ resource }) => resource),
  );
  const problems = searchParameterProblems(parameters);
  return new Map(
    parameters.map((resource, n) => [
      resource,
      problems[n]!.map(({ place, message }) => `${place}: nothing can be searched by it; it wants ${message}`),
    ]),
  );
}
