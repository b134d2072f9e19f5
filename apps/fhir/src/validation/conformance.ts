/** Validates resources before they are stored, by the policy of the environment. */
import type { Budget } from '@dhp/budget';
import type { DefinitionsNow, ResourceStore } from '@dhp/fhir-store';
import { convertUnit } from '@dhp/ucum';
import {
  Validator,
  type Definitions,
  type Issue,
  type Questionnaire,
  type StructureDefinition,
  type ValidatorOptions,
} from '@dhp/fhir-validation';
import type { Conformance, TargetsAsked } from '../contract/conformance.ts';
import type { ReceivedResource } from '../contract/resource.ts';
import { createApartWorker } from './apart.ts';
import { plainReading } from './plain-reading.ts';
import { demandsOf, type Demands, type ValidationPolicy } from './policy.ts';
import { referenceTargets, type ReferenceTargets } from './reference-targets.ts';
import { storedCodes, type StoredCodes } from './stored-codes.ts';

/** Objects built from the stored definitions. */
interface Made {
  readonly validator: Validator;
  readonly definitions: Required<Pick<Definitions, 'structure' | 'questionnaire'>>;
  readonly demands: Demands;
  readonly targets: ReferenceTargets;
}

/** Profiles are compiled when they are met first, and again when a stored definition has changed. */
export function conformanceOf(
  store: Pick<ResourceStore, 'definitions' | 'terminology'>,
  policy: ValidationPolicy,
  baseUrl: string,
): Conformance {
  const codes = storedCodes();
  const apart = createApartWorker();
  const wrongTargets = policy.referenceTargets ?? (policy.level === 'guide' ? 'error' : 'warning');
  const { now, refresh } = following(store, codes, (definitions) => {
    const options = { ...optionsOf(policy), codes, ...(wrongTargets !== 'ignore' && { wrongTargets }) };
    return madeOf(definitions, policy, options, baseUrl);
  });

  function askingFor(asked: TargetsAsked | undefined, budget: Budget): ValidatorOptions['targets'] {
    if (asked === undefined || wrongTargets === 'ignore') return undefined;
    const { targets, validator } = now();
    return targets.asking(asked.reads, validator, budget);
  }

  return {
    isEnforced: policy.level !== 'off',
    refresh,
    check({ source, resource }, budget, profiles = [], usage = [], asked) {
      const by = now();
      const mandatory = by.demands.mandatory(source.resourceType ?? '');
      const targets = askingFor(asked, budget);
      const found = by.validator.validateText(source, [...mandatory, ...profiles], resource, usage, budget, targets);
      return completed(found, by, { source, resource }, asked, wrongTargets);
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
          system: (...asked) => codes.system?.(...asked),
          valueSetKnowledge: (canonical) => codes.valueSetKnowledge?.(canonical),
          mark: (...asked) => codes.mark?.(...asked),
          target: (...asked) => target?.(...asked),
        },
      );
      const received = { source, resource: await parse() };
      const { prepared } = found;
      if (by === undefined) return { ...received, issues: [], prepared };
      return { ...received, issues: completed(found.issues, by, received, targets, wrongTargets), prepared };
    },
    close: () => apart.close(),
  };
}

/**
 * Follows the stored definitions; known definitions are used without waiting. @param make builds the objects when the definitions have
 * changed since the last refresh
 */
function following(
  store: Pick<ResourceStore, 'definitions' | 'terminology'>,
  codes: StoredCodes,
  make: (definitions: DefinitionsNow) => Made,
): { readonly now: () => Made } & Pick<Conformance, 'refresh'> {
  let known: DefinitionsNow | undefined;
  let made: Made | undefined;

  function use(definitions: DefinitionsNow): void {
    if (definitions !== known) made = make(definitions);
    known = definitions;
  }

  async function ask(): Promise<void> {
    const [definitions] = await Promise.all([
      store.definitions.current(),
      store.terminology.ask((terminology) => {
        codes.use(terminology);
      }),
    ]);
    use(definitions);
  }

  return {
    now() {
      if (made === undefined) throw new Error('the definitions are not known yet');
      return made;
    },
    refresh() {
      const [definitions, terminology] = [store.definitions.known(), store.terminology.known()];
      if (definitions === undefined || terminology === undefined) return ask();
      codes.use(terminology);
      use(definitions);
      return undefined;
    },
  };
}

function madeOf(
  definitions: DefinitionsNow,
  policy: ValidationPolicy,
  options: ValidatorOptions,
  baseUrl: string,
): Made {
  const lookup = asDefinitions(definitions);
  return {
    validator: new Validator({ ...options, definitions: lookup, convertUnit }),
    definitions: lookup,
    demands: demandsOf(policy, definitions),
    targets: referenceTargets(baseUrl),
  };
}

/** All findings, including those of the policy. Ends the round of `asked` if its purpose depends on targets that have not been read yet. */
function completed(
  found: readonly Issue[],
  { demands }: Made,
  { source, resource }: ReceivedResource,
  asked: TargetsAsked | undefined,
  wrongTargets: NonNullable<ValidationPolicy['referenceTargets']>,
): readonly Issue[] {
  const issues = [...found, ...demands.claims(resource, source.resourceType ?? '')];
  if (asked === undefined) return issues;
  const { reads, findings } = asked;
  if (findings === 'all' || (wrongTargets === 'error' && !issues.some(isError))) reads.round.needAll();
  reads.round.doWithout();
  return issues;
}

/** Options of the validator that follow from the policy of an environment: plain data. */
function optionsOf(policy: ValidationPolicy): ValidatorOptions {
  const { level, unknownProfiles = 'warning', unknownCodes = 'error', displays = 'warning' } = policy;
  const { nationalIdentifiers = 'warning' } = policy;
  const vitalSigns = (policy.vitalSigns ?? (level === 'guide' ? 'required' : 'optional')) === 'required';
  return {
    ...{ unknownProfiles, unknownCodes, wrongDisplays: displays, vitalSigns },
    ...{ nationalRules: true, nationalIdentifiers },
    // A rule for writes reports these, for parameters in use.
    searchExpressions: 'ignore',
    beyondSpecification: 'warning',
    // Such a text could not be returned as XML.
    controlCharacters: 'error',
  };
}

function asDefinitions(now: DefinitionsNow): Required<Pick<Definitions, 'structure' | 'questionnaire'>> {
  return {
    structure: (url, version) =>
      now.find('StructureDefinition', url, version)?.resource() as unknown as StructureDefinition | undefined,
    questionnaire: (url, version) =>
      now.find('Questionnaire', url, version)?.resource() as unknown as Questionnaire | undefined,
  };
}

/** Whether a finding makes the server refuse the resource. */
export function isError({ severity }: Issue): boolean {
  return severity === 'error' || severity === 'fatal';
}
