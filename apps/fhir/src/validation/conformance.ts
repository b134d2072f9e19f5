/** What resources must conform to before they are stored, by the policy of the environment. */
import type { Budget } from '@dhp/budget';
import type { DefinitionsNow, FhirStore } from '@dhp/fhir-store';
import { convertUnit } from '@dhp/fhir-terminology';
import {
  Validator,
  type Definitions,
  type Issue,
  type Questionnaire,
  type StructureDefinition,
  type UsageContext,
  type ValidatorOptions,
} from '@dhp/fhir-validation';
import type { ReceivedResource } from '../http/body.ts';
import { createApartValidator } from './apart.ts';
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
  /** As `check` with the targets of errors, of a large resource in another thread. @throws BudgetSpent */
  checkApart(received: ReceivedResource, budget: Budget): Promise<readonly Issue[]>;
  /** Ends the other thread. */
  close(): Promise<void>;
}

/** What is made of the definitions that are stored. */
interface Made {
  readonly validator: Validator;
  readonly definitions: Required<Definitions>;
  readonly demands: Demands;
  readonly targets: ReferenceTargets;
}

type TargetOptions = Pick<ValidatorOptions, 'targets' | 'wrongTargets'>;

/** Profiles are compiled when they are met first, and anew when a stored definition has changed. */
export function conformanceOf(
  store: Pick<FhirStore, 'definitions' | 'terminology'>,
  policy: ValidationPolicy,
  baseUrl: string,
): Conformance {
  const codes = storedCodes();
  const apart = createApartValidator();
  const wrongTargets = policy.referenceTargets ?? (policy.level === 'guide' ? 'error' : 'warning');
  let known: DefinitionsNow | undefined;
  let made: Made | undefined;

  function now(): Made {
    if (made === undefined) throw new Error('the definitions are not known yet');
    return made;
  }

  /** What was found together with what the policy says. @throws TargetsNeeded */
  function completed(
    found: readonly Issue[],
    { validator, demands, targets }: Made,
    { source, resource }: ReceivedResource,
    budget: Budget,
    wanted: 'errors' | 'all' | undefined,
  ): readonly Issue[] {
    const issues = [...found, ...demands.claims(resource, source.resourceType ?? '')];
    const needed = targets.needed(validator, budget);
    const isLookedFor = wanted === 'all' || (wanted === 'errors' && wrongTargets === 'error' && !issues.some(isError));
    if (needed !== undefined && isLookedFor) throw needed;
    return issues;
  }

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
      const lookup = asDefinitions(definitions);
      const validator = new Validator({ ...optionsOf(policy), codes, definitions: lookup, convertUnit, ...options });
      made = { validator, definitions: lookup, demands: demandsOf(policy, definitions), targets };
    },
    check({ source, resource }, budget, profiles = [], usage = [], wanted) {
      const by = now();
      const mandatory = by.demands.mandatory(source.resourceType ?? '');
      const found = by.validator.validateText(source, [...mandatory, ...profiles], resource, usage, budget);
      return completed(found, by, { source, resource }, budget, wanted);
    },
    async checkApart(received, budget) {
      const by = now();
      const { text, resourceType = '' } = received.source;
      const options = { ...optionsOf(policy), ...(wrongTargets !== 'ignore' && { wrongTargets }) };
      const found = await apart.validate(
        { text, profiles: by.demands.mandatory(resourceType), options, work: budget.workLeft },
        budget,
        {
          structure: by.definitions.structure,
          questionnaire: by.definitions.questionnaire,
          code: (valueSet, system, code) => codes.validate(valueSet, system, code, budget),
          concept: (...asked) => codes.concept?.(...asked),
          target: (...asked) => (wrongTargets === 'ignore' ? undefined : by.targets.meets(...asked)),
        },
      );
      return completed(found, by, received, budget, 'errors');
    },
    close: () => apart.close(),
  };
}

/** What the validator is told by the policy of an environment: data. */
function optionsOf(policy: ValidationPolicy): ValidatorOptions {
  const { level, unknownProfiles = 'warning', unknownCodes = 'error', displays = 'warning' } = policy;
  const { nationalIdentifiers = 'warning' } = policy;
  const vitalSigns = (policy.vitalSigns ?? (level === 'guide' ? 'required' : 'optional')) === 'required';
  return {
    ...{ unknownProfiles, unknownCodes, wrongDisplays: displays, vitalSigns },
    ...{ nationalRules: true, nationalIdentifiers },
  };
}

function asDefinitions(now: DefinitionsNow): Required<Definitions> {
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
