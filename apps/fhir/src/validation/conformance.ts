/** What resources must conform to before they are stored, by the policy of the environment. */
import type { Budget } from '@dhp/budget';
import type { JsonSource } from '@dhp/fhir-model';
import type { DefinitionsNow, NewVersion, ResourceStore } from '@dhp/fhir-store';
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
import { createApartWorker, type Budgets } from './apart.ts';
import { plainReading } from './plain-reading.ts';
import { demandsOf, type Demands, type ValidationPolicy } from './policy.ts';
import { referenceTargets, type ReferenceTargets, type TargetReads } from './reference-targets.ts';
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
   * @param targets for which findings about the targets of its references are looked for, within `withTargets`: where some have to be
   *   read first, its round is ended; never without `targets`
   * @throws BudgetSpent
   */
  check(
    received: ReceivedResource,
    budget: Budget,
    profiles?: readonly string[],
    usage?: readonly UsageContext[],
    targets?: TargetsAsked,
  ): readonly Issue[];
  /**
   * As `check`, of a large resource in another thread, and makes its index values there.
   * @param validates whether it is checked; else there are no findings
   * @param index undefined: no index values are wanted
   * @throws BudgetSpent
   */
  checkApart(large: LargeResource, budgets: Budgets, asked: ApartAsked): Promise<Apart>;
  /** Ends the other thread. */
  close(): Promise<void>;
}

/** Where the targets of references are read, and for which findings: any, or those that refuse the resource. */
export interface TargetsAsked {
  readonly reads: TargetReads;
  readonly findings: 'errors' | 'all';
}

/** A resource that was sent, before it is parsed: no two threads need hold its value at the same time. */
export interface LargeResource {
  readonly source: JsonSource;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly parse: () => Promise<Record<string, unknown>>;
}

export interface ApartAsked {
  readonly validates: boolean;
  readonly index: ReturnType<ResourceStore['indexReading']> | undefined;
  readonly profiles?: readonly string[];
  readonly usage?: readonly UsageContext[];
  readonly targets?: TargetsAsked | undefined;
}

export interface Apart extends ReceivedResource {
  readonly issues: readonly Issue[];
  readonly prepared: NewVersion['prepared'];
}

/** What is made of the definitions that are stored. */
interface Made {
  readonly validator: Validator;
  readonly definitions: Required<Definitions>;
  readonly demands: Demands;
  readonly targets: ReferenceTargets;
}

/** Profiles are compiled when they are met first, and anew when a stored definition has changed. */
export function conformanceOf(
  store: Pick<ResourceStore, 'definitions' | 'terminology'>,
  policy: ValidationPolicy,
  baseUrl: string,
): Conformance {
  const codes = storedCodes();
  const apart = createApartWorker();
  const wrongTargets = policy.referenceTargets ?? (policy.level === 'guide' ? 'error' : 'warning');
  let known: DefinitionsNow | undefined;
  let made: Made | undefined;

  function now(): Made {
    if (made === undefined) throw new Error('the definitions are not known yet');
    return made;
  }

  /** All findings, those of the policy among them. Ends the round of `asked` where what it is for depends on targets not read yet. */
  function completed(
    found: readonly Issue[],
    { demands }: Made,
    { source, resource }: ReceivedResource,
    asked: TargetsAsked | undefined,
  ): readonly Issue[] {
    const issues = [...found, ...demands.claims(resource, source.resourceType ?? '')];
    if (asked === undefined) return issues;
    const { reads, findings } = asked;
    if (findings === 'all' || (wrongTargets === 'error' && !issues.some(isError))) reads.round.needAll();
    reads.round.doWithout();
    return issues;
  }

  function askingFor(asked: TargetsAsked | undefined, budget: Budget): ValidatorOptions['targets'] {
    if (asked === undefined || wrongTargets === 'ignore') return undefined;
    const { targets, validator } = now();
    return targets.asking(asked.reads, validator, budget);
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
      const options = wrongTargets === 'ignore' ? {} : { wrongTargets };
      const lookup = asDefinitions(definitions);
      const validator = new Validator({ ...optionsOf(policy), codes, definitions: lookup, convertUnit, ...options });
      made = {
        validator,
        definitions: lookup,
        demands: demandsOf(policy, definitions),
        targets: referenceTargets(baseUrl),
      };
    },
    check({ source, resource }, budget, profiles = [], usage = [], asked) {
      const by = now();
      const mandatory = by.demands.mandatory(source.resourceType ?? '');
      const targets = askingFor(asked, budget);
      const found = by.validator.validateText(source, [...mandatory, ...profiles], resource, usage, budget, targets);
      return completed(found, by, { source, resource }, asked);
    },
    async checkApart({ source, bytes, parse }, budgets, { validates, index, profiles = [], usage = [], targets }) {
      const by = validates ? now() : undefined;
      const { text: _, ...rest } = source;
      const options = { ...optionsOf(policy), ...(wrongTargets !== 'ignore' && { wrongTargets }) };
      const mandatory = by?.demands.mandatory(source.resourceType ?? '') ?? [];
      const target = by && askingFor(targets, budgets.validation);
      const found = await apart.run(
        {
          ...{ bytes, source: rest },
          validation: by && {
            profiles: [...mandatory, ...profiles],
            ...{ usage, options, work: budgets.validation.workLeft },
          },
          index: index && { reading: plainReading(index), work: budgets.index.workLeft },
        },
        budgets,
        {
          structure: (...asked) => by?.definitions.structure(...asked),
          questionnaire: (...asked) => by?.definitions.questionnaire(...asked),
          code: (valueSet, system, code) => codes.validate(valueSet, system, code, budgets.validation),
          concept: (...asked) => codes.concept?.(...asked),
          target: (...asked) => target?.(...asked),
        },
      );
      const received = { source, resource: await parse() };
      const { prepared } = found;
      if (by === undefined) return { ...received, issues: [], prepared };
      return { ...received, issues: completed(found.issues, by, received, targets), prepared };
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
