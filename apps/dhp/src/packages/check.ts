/** Whether what packages bring conforms to FHIR R5 and to what they and the built-in packages define. */
import type { FhirPackage } from '@dhp/fhir-package';
import type { Progress } from '../progress.ts';
import { findingsIn, isError } from '../validation/findings.ts';
import { openOffline } from '../validation/offline.ts';

/** A resource of a package that does not conform. */
export interface Faulty {
  /** `Type/id`, or the type alone of one that has no id. */
  readonly resource: string;
  readonly errors: number;
  /** The first error, in English, with the element that it is about. */
  readonly first: string;
}

/**
 * Validates the resources of packages that are installed together, by the definitions and codes of all of them.
 * @returns what is at fault, by package in the order given
 */
export async function checkPackages(packages: readonly FhirPackage[], progress: Progress): Promise<Faulty[][]> {
  const offline = await openOffline({ packages, nationalRules: true, vitalSigns: false });
  const step = progress.step('Checking what they bring');
  const count = packages.reduce((sum, { resources }) => sum + resources.length, 0);
  let done = 0;
  const found = packages.map(({ resources }) =>
    resources.flatMap(({ file, type, id, source }): Faulty[] => {
      const subject = { file, text: source.text, line: undefined };
      const errors = findingsIn(subject, offline, { profiles: [], language: 'en', isGlobal: false }).filter(isError);
      done += 1;
      step.update(done, count, 'resources');
      const [first] = errors;
      if (first === undefined) return [];
      return [
        {
          resource: id === undefined ? type : `${type}/${id}`,
          errors: errors.length,
          first: `${first.expression ?? type}: ${first.text}`,
        },
      ];
    }),
  );
  step.done(`${count.toLocaleString('en')} resources`);
  return found;
}
