/** What resources must conform to before they are stored, by the policy of the environment. */
import type { Budget } from '@dhp/budget';
import type { DefinitionsNow, FhirStore } from '@dhp/fhir-store';
import { convertUnit } from '@dhp/fhir-terminology';
import {
  Validator,
  type Codes,
  type Definitions,
  type Issue,
  type Questionnaire,
  type StructureDefinition,
  type UsageContext,
  type ValidatorOptions,
} from '@dhp/fhir-validation';
import type { ReceivedResource } from '../http/body.ts';
import { demandsOf, type Demands, type ValidationPolicy } from './policy.ts';
import { referenceTargets, type ReferenceTargets } from './reference-targets.ts';
import { storedCodes } from './stored-codes.ts';

export interface Conformance {
  /** Whether writes are checked. */
  readonly isEnforced: boolean;
  /**
   * Takes in the definitions and the terminology that are stored now; what other servers have written within a second. To be
   * awaited before `check`. Rejects with StoreUnavailable.
   */
  refresh(): Promise<void>;
  /**
   * What is wrong with a resource, by the policy, by further profiles and in contexts of use: errors, which refuse it, and
   * warnings. The same whether or not writes are checked.
   * @param budget what it may cost
   * @param targets for which findings about the targets of its references are looked for
   * @throws BudgetSpent
   * @throws TargetsNeeded, to be run in `withTargets`, when targets have to be read first; never without `targets`
   */
  check(
    received: ReceivedResource,
    budget: Budget,
    profiles?: readonly string[],
    usage?: readonly UsageContext[],
    targets?: 'errors' | 'all',
  ): readonly Issue[];
}

type TargetOptions = Pick<ValidatorOptions, 'targets' | 'wrongTargets'>;

/** Profiles are compiled when they are met first, and anew when a stored definition has changed. */
export function conformanceOf(
  store: Pick<FhirStore, 'definitions' | 'terminology'>,
  policy: ValidationPolicy,
  baseUrl: string,
): Conformance {
  const codes = storedCodes();
  const wrongTargets = policy.referenceTargets ?? (policy.level === 'guide' ? 'error' : 'warning');
  let known: DefinitionsNow | undefined;
  let made: { validator: Validator; demands: Demands; targets: ReferenceTargets } | undefined;
  return {
    isEnforced: policy.level !== 'off',
    async refresh() {
      const [definitions] = await Promise.all([
        store.definitions.current(),
        store.terminology.ask((now) => {
          codes.use(now);
        }),
      ]);
      if (definitions === known) return;
      known = definitions;
      const targets = referenceTargets(baseUrl);
      const options: TargetOptions =
        wrongTargets === 'ignore' ? {} : { wrongTargets, targets: (...asked) => targets.meets(...asked) };
      const validator = validatorFor(policy, codes, asDefinitions(definitions), options);
      made = { validator, demands: demandsOf(policy, definitions), targets };
    },
    check({ source, resource }, budget, profiles = [], usage = [], wanted) {
      if (made === undefined) throw new Error('the definitions are not known yet');
      const { validator, demands, targets } = made;
      const type = source.resourceType ?? '';
      const found = validator.validateText(source, [...demands.mandatory(type), ...profiles], resource, usage, budget);
      const issues = [...found, ...demands.claims(resource, type)];
      const needed = targets.needed(validator, budget);
      const isLookedFor =
        wanted === 'all' || (wanted === 'errors' && wrongTargets === 'error' && !issues.some(isError));
      if (needed !== undefined && isLookedFor) throw needed;
      return issues;
    },
  };
}

/** A validator by the policy of an environment, over definitions and codes. */
function validatorFor(
  policy: ValidationPolicy,
  codes: Codes,
  definitions: Definitions,
  targets: TargetOptions,
): Validator {
  const { level, unknownProfiles = 'warning', unknownCodes = 'error', displays = 'warning' } = policy;
  const { nationalIdentifiers = 'warning' } = policy;
  const vitalSigns = (policy.vitalSigns ?? (level === 'guide' ? 'required' : 'optional')) === 'required';
  return new Validator({
    ...{ codes, definitions, unknownProfiles, unknownCodes, wrongDisplays: displays, vitalSigns },
    ...{ nationalRules: true, nationalIdentifiers, convertUnit, ...targets },
  });
}

function asDefinitions(now: DefinitionsNow): Definitions {
  return {
    structure: (url, version) =>
      now.find('StructureDefinition', url, version)?.resource() as unknown as StructureDefinition | undefined,
    questionnaire: (url, version) =>
      now.find('Questionnaire', url, version)?.resource() as unknown as Questionnaire | undefined,
  };
}

/** Whether a finding refuses the resource. */
export function isError({ severity }: Issue): boolean {
  return severity === 'error' || severity === 'fatal';
}
