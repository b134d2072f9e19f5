/** What resources must conform to before they are stored, by the policy of the environment. */
import { Validator, type Issue } from '@dhp/fhir-validation';
import type { ReceivedResource } from '../http/body.ts';

/** Whatever a resource must conform to beside R5 itself. */
export interface ValidationPolicy {
  /**
   * `claimed`: the profiles that it names in `meta.profile`; `off`: nothing is checked, not even R5, for loading in bulk what
   * was checked before.
   */
  readonly level: 'off' | 'claimed';
  /** What a profile is that a resource claims and whose definition is not at hand (default: a warning). */
  readonly unknownProfiles?: 'warning' | 'error';
}

export interface Conformance {
  /** Whether writes are checked. */
  readonly isEnforced: boolean;
  /**
   * What is wrong with a resource, by the policy and by further profiles: errors, which refuse it, and warnings. The same
   * whether or not writes are checked.
   */
  check(received: ReceivedResource, profiles?: readonly string[]): readonly Issue[];
}

export function conformanceOf({ level, unknownProfiles = 'warning' }: ValidationPolicy): Conformance {
  const validator = new Validator({ unknownProfiles, nationalRules: true });
  return {
    isEnforced: level !== 'off',
    check: ({ source, resource }, profiles = []) => validator.validateText(source, profiles, resource),
  };
}

/** Whether a finding refuses the resource. */
export function isError({ severity }: Issue): boolean {
  return severity === 'error' || severity === 'fatal';
}
