import type { Budget } from '@dhp/budget';
import type { JsonSource } from '@dhp/fhir-model';
import type { ConvertUnit } from '@dhp/fhirpath';
import { checkResource } from './resource/object.ts';
import { environment } from './environment.ts';
import type { Issue, Severity } from './issue.ts';
import { isObject, listOf } from './json.ts';
import type { Definitions, UsageContext } from './contract/definitions.ts';
import { ProfileSource } from './profiles/profile-source.ts';
import { checkNumbers, mayHaveFaultyNumbers } from './report/numbers.ts';
import { Run, type Profile, type Rules } from './run.ts';
import type { Codes } from './terminology/codes.ts';

export interface ValidatorOptions {
  /** Answers for value sets that R5 core does not enumerate; without it their codes are not checked. */
  readonly codes?: Codes;
  /** Profiles and extension definitions beside those of R5 core. */
  readonly definitions?: Definitions;
  /** Severity of an extension whose definition is not known; default `information`. */
  readonly unknownExtensions?: Severity | 'ignore';
  /** Severity of a claimed profile whose definition is not loaded; default `warning`. */
  readonly unknownProfiles?: Severity | 'ignore';
  /** Severity of a code that its loaded system does not have; default `error`. */
  readonly unknownCodes?: Severity | 'ignore';
  /**
   * Severity of what HL7's validator refuses and the specification does not: a required code that has extensions alone, and an
   * extension for other versions of FHIR, which R5 itself uses. Default `error`.
   */
  readonly beyondSpecification?: Severity;
  /** Severity of an expression of a search parameter that cannot be read; default `error`. A server may have a rule of its own. */
  readonly searchExpressions?: Severity | 'ignore';
  /** Severity of a display that the code has in no language; default `error`. */
  readonly wrongDisplays?: Severity | 'ignore';
  /** Whether best practice recommendations (dom-6: a narrative) are told; default false. */
  readonly advice?: boolean;
  /** Whether the profiles in `meta.profile` are checked; default true. */
  readonly claimedProfiles?: boolean;
  /** Whether an Observation with the LOINC code of a vital sign must meet the profile that R5 has for it; default false. */
  readonly vitalSigns?: boolean;
  /** Whether identifiers and addresses of Uzbekistan are looked into: forms, the digits of a PINFL, districts. Default false. */
  readonly nationalRules?: boolean;
  /** With `nationalRules`, what departs from forms and digits that no public text states; default `warning`. */
  readonly nationalIdentifiers?: Severity | 'ignore';
  /**
   * Whether what a reference leads to outside of the resource (`Patient/1`) meets a profile that the reference asks of its
   * target; undefined when that is not at hand, which is no finding. Without it such targets are not looked at.
   */
  readonly targets?: (reference: string, profile: string) => boolean | undefined;
  /**
   * Whether there is what a reference leads to outside of the resource (`Patient/1`), which is an error where it is not;
   * undefined when that cannot be told. Without it references are not followed.
   */
  readonly exists?: (reference: string) => boolean | undefined;
  /** Severity of such a target that meets none of the profiles; default `error`. */
  readonly wrongTargets?: Severity;
  /** For invariants that ask for the time of day, and limits that are counted from now. */
  readonly now?: () => Date;
  /** Converts an amount from one UCUM unit to another; without it amounts of two units are not compared. */
  readonly convertUnit?: ConvertUnit;
}

/**
 * Validates resources against R5 and profiles. One object serves any number of resources; types and profiles are compiled when
 * they are met first, and kept.
 * @example
 * new Validator().validate({ resourceType: 'Patient', gender: 'femail' }).map(({ id }) => id); // [ 'code-not-in-value-set' ]
 */
export class Validator {
  readonly #rules: Rules;

  constructor(options: ValidatorOptions = {}) {
    this.#rules = {
      codes: options.codes,
      profiles: new ProfileSource(options.definitions),
      unknownExtensions: options.unknownExtensions ?? 'information',
      unknownProfiles: options.unknownProfiles ?? 'warning',
      unknownCodes: options.unknownCodes ?? 'error',
      wrongDisplays: options.wrongDisplays ?? 'error',
      beyondSpecification: options.beyondSpecification ?? 'error',
      searchExpressions: options.searchExpressions ?? 'error',
      advice: options.advice ?? false,
      claimed: options.claimedProfiles ?? true,
      vitalSigns: options.vitalSigns ?? false,
      national: options.nationalRules ?? false,
      nationalIdentifiers: options.nationalIdentifiers ?? 'warning',
      elsewhere: options.targets,
      exists: options.exists,
      wrongTargets: options.wrongTargets ?? 'error',
      environment: (run) => environment(run, options),
    };
  }

  /**
   * Validates a resource, as `JSON.parse` returns it, and returns the findings; the resource is not changed. `profiles` are canonicals that
   * it must meet beside those that it claims, `usage` contexts for which bindings may be stated. The resource conforms if no finding has
   * the severity `error` or `fatal`. Of a kind the first 1,000 are returned, and one `more-findings` that says how many there are beside.
   * @param budget what the validation may cost; without it there is no limit
   * @param targets for this validation, instead of the option
   * @throws BudgetSpent
   */
  validate(
    resource: unknown,
    profiles: readonly string[] = [],
    usage: readonly UsageContext[] = [],
    budget?: Budget,
    targets?: ValidatorOptions['targets'],
  ): Issue[] {
    const rules = targets === undefined ? this.#rules : { ...this.#rules, elsewhere: targets };
    const run = new Run(rules, usage, budget);
    const type =
      isObject(resource) && typeof resource['resourceType'] === 'string' ? resource['resourceType'] : 'Resource';
    run.asked = profiles;
    run.enter(type, -1);
    checkResource(resource, run, false);
    if (isObject(resource)) for (const profile of profiles) this.#checkProfile(profile, resource, type, run);
    return run.end();
  }

  /**
   * Whether a resource meets a profile, as the target of a reference has to: what the profile says, not what R5 says. One that is
   * not at hand is met. What its own references lead to is not looked at.
   */
  accepts(resource: unknown, profile: string, budget?: Budget): boolean {
    const overlay = this.#rules.profiles.overlay(profile);
    const type = isObject(resource) ? resource['resourceType'] : undefined;
    if (overlay === undefined || !isObject(resource) || typeof type !== 'string') return true;
    const run = new Run({ ...this.#rules, elsewhere: undefined, exists: undefined }, [], budget);
    run.enter(type, -1);
    run.resource = resource;
    run.rootResource = resource;
    run.bundle = type === 'Bundle' ? resource : undefined;
    return overlay.accepts(resource, type, run);
  }

  /** Whether the definition of a profile (`url` or `url|version`) is at hand. */
  knowsProfile(canonical: string): boolean {
    return this.#rules.profiles.overlay(canonical) !== undefined;
  }

  /**
   * As `validate`, of a JSON text that `scanJson` has found well formed. It sees more: digits that `JSON.parse` drops.
   * `placeIssues` and `operationOutcome` tell where in the text each finding is. `resource` is the same, where it has been parsed.
   */
  validateText(
    source: JsonSource,
    profiles: readonly string[] = [],
    resource: unknown = JSON.parse(source.text),
    usage: readonly UsageContext[] = [],
    budget?: Budget,
    targets?: ValidatorOptions['targets'],
  ): Issue[] {
    const found = this.validate(resource, profiles, usage, budget, targets);
    if (!mayHaveFaultyNumbers(source.text)) return found;
    const run = new Run(this.#rules, [], budget);
    const type = source.resourceType ?? 'Resource';
    run.enter(type, -1);
    checkNumbers(source.text, resource, type, run);
    return [...found, ...run.end()];
  }

  /** Whether a resource claims a profile, with its version or without: then it has been checked. */
  #claims(meta: unknown, overlay: Profile): boolean {
    const claimed = isObject(meta) ? listOf(meta['profile']) : [];
    return claimed.some((one) => typeof one === 'string' && this.#rules.profiles.overlay(one) === overlay);
  }

  #checkProfile(profile: string, resource: Readonly<Record<string, unknown>>, type: string, run: Run): void {
    const { meta } = resource;
    const overlay = this.#rules.profiles.overlay(profile);
    if (overlay === undefined) {
      run.report('profile-unknown', { profile }, 'error');
      return;
    }
    if (this.#rules.claimed && this.#claims(meta, overlay)) return;
    run.resource = resource;
    run.rootResource = resource;
    run.bundle = type === 'Bundle' ? resource : undefined;
    run.environment = undefined;
    overlay.check(resource, type, undefined, run);
  }
}
