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
  /** Knowledge about value sets that R5 core does not enumerate. Without it, codes from those value sets are not checked. */
  readonly codes?: Codes;
  /** Profiles and extension definitions in addition to those of R5 core. */
  readonly definitions?: Definitions;
  /** Severity of an extension whose definition is unknown; default `information`. */
  readonly unknownExtensions?: Severity | 'ignore';
  /** Severity of a claimed profile whose definition is not loaded; default `warning`. */
  readonly unknownProfiles?: Severity | 'ignore';
  /** Severity of a code that is not in its loaded code system; default `error`. */
  readonly unknownCodes?: Severity | 'ignore';
  /**
   * Severity of content that HL7's validator rejects although the specification allows it: a required code that has only extensions, or an
   * extension for other versions of FHIR, which R5 itself uses. Default `error`.
   */
  readonly beyondSpecification?: Severity;
  /** Severity of control characters in a text, which XML cannot hold and which a text SHOULD NOT have; default `warning`. */
  readonly controlCharacters?: Severity;
  /** Severity of a search parameter expression that cannot be read; default `error`. A server may have its own rule. */
  readonly searchExpressions?: Severity | 'ignore';
  /** Severity of a display that the code does not have in any language; default `error`. */
  readonly wrongDisplays?: Severity | 'ignore';
  /** Whether best practice recommendations (dom-6: a narrative) are reported; default false. */
  readonly advice?: boolean;
  /** Whether the profiles in `meta.profile` are checked; default true. */
  readonly claimedProfiles?: boolean;
  /** Whether an Observation with the LOINC code of a vital sign must conform to R5's profile for it; default false. */
  readonly vitalSigns?: boolean;
  /** Whether Uzbek national identifiers and addresses are checked: formats, digits of a PINFL, districts. Default false. */
  readonly nationalRules?: boolean;
  /** With `nationalRules`, the severity of a violation of formats and digits that no public document states; default `warning`. */
  readonly nationalIdentifiers?: Severity | 'ignore';
  /**
   * Returns whether the target of a reference outside of the resource (`Patient/1`) meets a profile that the reference requires; undefined
   * if the target is not available, which is no finding. Without this function such targets are not checked.
   */
  readonly targets?: (reference: string, profile: string) => boolean | undefined;
  /**
   * Returns whether the target of a reference outside of the resource (`Patient/1`) exists. False is an error; undefined means unknown.
   * Without this function references are not followed.
   */
  readonly exists?: (reference: string) => boolean | undefined;
  /** Severity of such a target that meets none of the required profiles; default `error`. */
  readonly wrongTargets?: Severity;
  /** The clock for invariants that use the current time and for limits relative to now. */
  readonly now?: () => Date;
  /** Converts an amount from one UCUM unit to another. Without it, amounts in different units are not compared. */
  readonly convertUnit?: ConvertUnit;
}

/**
 * Validates resources against R5 and profiles. One instance serves any number of resources; types and profiles are compiled on first use
 * and cached.
 *
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
      controlCharacters: options.controlCharacters ?? 'warning',
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
   * Validates a resource as returned by `JSON.parse` and returns the findings. The resource is not changed. `profiles` are canonicals that
   * it must meet in addition to the claimed ones, `usage` the contexts of use to which bindings may be limited. The resource conforms if no
   * finding has the severity `error` or `fatal`. At most 1,000 findings of each kind and severity are returned; one `more-findings` gives
   * the number of the others.
   * @param budget the work limit; without it there is none
   * @param targets replaces the option for this validation
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
   * Whether a resource meets a profile, as a reference requires of its target. Only the constraints of the profile are checked, not those
   * of R5, and references are not followed. True if the profile is not available.
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

  /** Whether the definition of a profile (`url` or `url|version`) is available. */
  knowsProfile(canonical: string): boolean {
    return this.#rules.profiles.overlay(canonical) !== undefined;
  }

  /**
   * As `validate`, for a JSON text that `scanJson` has found well formed. It also checks number literals, whose digits `JSON.parse` may
   * drop. `placeIssues` and `operationOutcome` locate the findings in the text.
   * @param resource the parsed text, if the caller has it already
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

  /** Whether a resource claims a profile, with or without its version. The profile has then been checked already. */
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
