import { Budget } from '@dhp/budget';
import { LocalTargets } from './base/local-targets.ts';
import type { EvaluationEnvironment } from '@dhp/fhirpath';
import type { Finding, FindingValues, Issue, IssueCode, Severity } from './issue.ts';
import { isObject, listOf, type Json } from './json.ts';
import { kinds, type MessageId } from './messages/kinds.ts';
import type { Codes } from './terminology/codes.ts';
import type { StructureDefinition, UsageContext } from './contract/definitions.ts';
import type { ExtensionContext } from './contract/extension-contexts.ts';
import type { Questionnaire } from './contract/questionnaire.ts';

/** A compiled profile: its constraints in addition to those of R5. */
export interface Profile {
  readonly url: string;
  /** The constrained type: a type of R5 or a logical model. */
  readonly type: string;
  /** Checks a value of a type against the profile and reports findings at the current place. */
  check(value: unknown, type: string, sibling: Json | undefined, run: Run): void;
  /** Whether a value conforms. Reports nothing. */
  accepts(value: unknown, type: string, run: Run): boolean;
  /** Whether a value belongs to the slice with this name, on any element of the profile. */
  isInSlice(
    item: { readonly value: unknown; readonly sibling: Json | undefined; readonly type: string },
    name: string,
    run: Run,
  ): boolean;
}

/** An extension and its definition. */
export interface ExtensionProfile {
  readonly definition: StructureDefinition;
  /** The allowed contexts; undefined if the definition states none. */
  readonly contexts: readonly ExtensionContext[] | undefined;
  readonly overlay: Profile;
  /** Whether its definition declares it a modifier extension. */
  readonly isModifying: boolean;
  /** Whether its definition applies to this version of FHIR. */
  readonly isForThisVersion: boolean;
  /** Cache by type: whether the extension is allowed on every element of that type. */
  readonly onTypes: Map<string, boolean>;
  /** Names of its sub-extensions, including inherited ones; undefined if a base is not available, which could define more. */
  readonly parts: ReadonlySet<string> | undefined;
}

/** Definitions by canonical (`url` or `url|version`); undefined if a definition is not available. */
export interface Profiles {
  structure(canonical: string): StructureDefinition | undefined;
  questionnaire(canonical: string): Questionnaire | undefined;
  /** Returns a definition of any other resource type. */
  other(type: string, canonical: string): Json | undefined;
  /** Whether definitions of other types are available at all. */
  readonly hasOthers: boolean;
  overlay(canonical: string): Profile | undefined;
  extension(url: string): ExtensionProfile | undefined;
}

/** The settings of a validation in addition to the R5 definitions. */
export interface Rules {
  readonly codes: Codes | undefined;
  readonly profiles: Profiles;
  readonly unknownExtensions: Severity | 'ignore';
  readonly unknownProfiles: Severity | 'ignore';
  readonly unknownCodes: Severity | 'ignore';
  readonly wrongDisplays: Severity | 'ignore';
  readonly searchExpressions: Severity | 'ignore';
  readonly beyondSpecification: Severity;
  readonly controlCharacters: Severity;
  readonly advice: boolean;
  readonly claimed: boolean;
  readonly vitalSigns: boolean;
  readonly national: boolean;
  readonly nationalIdentifiers: Severity | 'ignore';
  /** Whether the target of a reference outside of the resource meets a profile; undefined if the target is not available. */
  readonly elsewhere: ((reference: string, profile: string) => boolean | undefined) | undefined;
  /** Whether the target of a reference outside of the resource exists; undefined if unknown. */
  readonly exists: ((reference: string) => boolean | undefined) | undefined;
  /** Severity of a target that meets none of the profiles that its reference requires. */
  readonly wrongTargets: Severity;
  /** Returns the FHIRPath environment for the current resource. */
  readonly environment: (run: Run) => EvaluationEnvironment;
}

/** The answers in one part of a QuestionnaireResponse, by linkId. */
export type Answers = ReadonlyMap<string, readonly unknown[]>;

/** The arguments of a report after the message id: the values, which are optional if the message has none, and the severity. */
type ReportArguments<Id extends MessageId> =
  Readonly<Record<string, never>> extends FindingValues<Id>
    ? [values?: FindingValues<Id>, severity?: Severity]
    : [values: FindingValues<Id>, severity?: Severity];

/** Maximum number of findings kept per kind and severity. More do not help, and each takes about 300 bytes. */
const mostAlike = 1_000;

/**
 * Findings about the JSON structure. Their expression names a choice element without a type (`value[x]`), because an unreadable value has
 * no type.
 */
const ofJson: ReadonlySet<MessageId> = new Set<MessageId>([
  ...([
    'unknown-element',
    'array-empty',
    'array-expected',
    'array-not-allowed',
    'object-expected',
    'object-empty',
  ] as const),
  'null-not-allowed',
]);

/**
 * Whether a finding is about JSON and not about a type. A string or number of the wrong JSON kind is a wrong value of its member's type,
 * unless adding or removing quotes makes it valid.
 */
const isOfJson = (id: MessageId, values: Issue['values']): boolean =>
  ofJson.has(id) ||
  (id === 'json-type' && (/^(?:object|array|null)$/.test(String(values['found'])) || isRightButForQuotes(values)));

/** Whether adding or removing quotes makes a literal a valid value of its type. */
function isRightButForQuotes({ type, found, value }: Issue['values']): boolean {
  const text = String(value);
  if (found !== 'string') return /^(?:string|markdown|code|id)$/.test(String(type));
  if (type === 'boolean') return text === 'true' || text === 'false';
  const number = type === 'decimal' ? /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/ : /^(?:0|-?[1-9]\d*)$/;
  return (
    number.test(text) && !(type === 'positiveInt' && !(Number(text) > 0)) && !(type === 'unsignedInt' && text < '0')
  );
}

/** Findings about codes outside a value set. They are warnings if the binding is extensible. */
const ofBindings: ReadonlySet<MessageId> = new Set(['code-not-in-value-set', 'concept-not-in-value-set']);

/** Findings that several rules or profiles may report identically at the same place; duplicates are removed. */
const toldOnce: ReadonlySet<MessageId> = new Set<MessageId>([
  ...(['reference-target', 'code-not-in-value-set', 'concept-not-in-value-set', 'concept-without-code'] as const),
  'display-not-in-value-set',
  // Several profiles may inherit the same rule.
  'invariant',
  ...(['questionnaire-condition-within', 'questionnaire-condition-unknown', 'questionnaire-condition-after'] as const),
]);

/** Removes duplicates of the findings in `toldOnce`. */
function unique(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ severity, id, expression, values }) => {
    if (!toldOnce.has(id)) return true;
    const { size } = seen;
    return seen.add(`${severity} ${id} ${expression} ${JSON.stringify(values)}`).size > size;
  });
}

/** The number of findings of one kind and severity. */
interface Alike {
  readonly id: MessageId;
  readonly severity: Severity;
  count: number;
}

/** Counts one more finding and returns the new count. */
function countedIn(counts: Map<string, Alike>, id: MessageId, severity: Severity): number {
  const key = `${severity} ${id}`;
  const alike = counts.get(key) ?? { id, severity, count: 0 };
  if (alike.count === 0) counts.set(key, alike);
  alike.count += 1;
  return alike.count;
}

function countsOf(issues: readonly Issue[]): Map<string, Alike> {
  const counts = new Map<string, Alike>();
  for (const { id, severity } of issues) countedIn(counts, id, severity);
  return counts;
}

/** The state of one validation: the current place, the findings so far, and facts about the whole resource. */
export class Run {
  readonly rules: Rules;
  /** The contexts of use that the caller states. */
  readonly usage: readonly UsageContext[];
  readonly issues: Issue[] = [];
  /** Profiles that the caller requires in addition to those in `meta.profile`. */
  asked: readonly string[] = [];
  /** The work limit of the validation. */
  readonly budget: Budget;
  /** The current resource (`%resource`) and its outermost container (`%rootResource`). */
  resource: Json = {};
  rootResource: Json = {};
  /** The outermost Bundle, to whose entries references may resolve. */
  bundle: Json | undefined;
  /** Element ids seen so far in the resource. Created on first use. */
  elementIds: Set<string> | undefined;
  readonly targets = new LocalTargets();
  /** Elements as rules read them if that differs from the JSON: without unreadable parts. Created on first use. */
  readings: Map<unknown, Json> | undefined;
  /** Cached results of expressions per resource, because all extensions of one kind evaluate the same expressions. */
  places: Map<Json, Map<string, ReadonlySet<unknown>>> | undefined;
  /** Answers in parts of a QuestionnaireResponse that conditions have already requested. */
  answers: Map<Json, Answers> | undefined;
  /** Codes of value sets contained in a questionnaire, as `system#code`; undefined if not all are available. */
  containedCodes: Map<Json, ReadonlySet<string> | undefined> | undefined;
  /** Whether the current standalone Coding has a binding stronger than `example`. */
  codingIsBound = false;
  /** Number of labels above the current resource. */
  resourceDepth = 0;
  /** The FHIRPath environment, created on first use for each resource. */
  environment: EvaluationEnvironment | undefined;
  /** `%profile`: the canonical of the profile whose invariants are being evaluated. */
  readonly variables: { profile: string | undefined } = { profile: undefined };
  /** Profile checks in progress, which end recursion between profiles that reference each other. */
  readonly #open: { value: unknown; url: string }[] = [];
  readonly #labels: string[] = [];
  readonly #indexes: number[] = [];
  #depth = 0;
  /** Number of nested attempts in progress. Their findings are discarded. */
  #attempts = 0;
  /** Profiles against which resources of a Bundle were already checked. */
  readonly #checked = new Map<unknown, Set<string>>();
  /** Warnings about codes outside extensible value sets, by element name and place number. Created on first use. */
  #loose: Map<string, Map<number, Issue[]>> | undefined;
  /** Number of findings by severity and kind. Created when there are enough for one kind to exceed the limit. */
  #alike: Map<string, Alike> | undefined;

  constructor(rules: Rules, usage: readonly UsageContext[] = [], budget = new Budget()) {
    this.rules = rules;
    this.budget = budget;
    this.usage = usage;
  }

  /** Enters a child element. `index` is -1 for an element that does not repeat. */
  enter(label: string, index: number): void {
    this.#labels[this.#depth] = label;
    this.#indexes[this.#depth] = index;
    this.#depth += 1;
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** FHIRPath of the current place: `Patient.contact[0].name`. */
  get expression(): string {
    let text = '';
    for (let i = 0; i < this.#depth; i += 1) {
      if (i > 0) text += '.';
      text += this.#labels[i]!;
      if (this.#indexes[i]! >= 0) text += `[${this.#indexes[i]!}]`;
    }
    return text;
  }

  /** The name of the current element. */
  get label(): string {
    return this.#labels[this.#depth - 1]!;
  }

  get depth(): number {
    return this.#depth;
  }

  /** The labels from the current resource to the current place. */
  get labelsInResource(): string[] {
    return this.#labels.slice(this.resourceDepth, this.#depth);
  }

  /** Returns the object that is `levels` levels above the current place, within the current resource; undefined if there is none. */
  objectAbove(levels: number): Json | undefined {
    let at: unknown = this.resource;
    for (let i = this.resourceDepth; i < this.#depth - levels; i += 1) {
      const [name = '', cast] = this.#labels[i]!.split('.ofType(');
      const key = cast === undefined ? name : name + cast.charAt(0).toUpperCase() + cast.slice(1, -1);
      const value = isObject(at) ? (at[key] ?? at[`_${key}`]) : undefined;
      at = this.#indexes[i]! < 0 ? value : listOf(value)[this.#indexes[i]!];
    }
    return isObject(at) ? at : undefined;
  }

  /** Whether an error was reported inside a contained resource of the current resource. Such a resource conforms to no profile. */
  isFaulty(contained: unknown): boolean {
    if (this.issues.length === 0 || this.resource !== this.rootResource) return false;
    const index = listOf(this.resource['contained']).indexOf(contained);
    if (index < 0) return false;
    this.spend((index + this.issues.length) / 16);
    const depth = this.#depth;
    // A requested profile is checked after the walk has left the resource, at depth 0.
    this.#depth = Math.max(1, this.resourceDepth);
    const place = `${this.expression}.contained[${index}]`;
    this.#depth = depth;
    return this.issues.some(
      ({ severity, expression }) =>
        severity === 'error' && (expression === place || expression.startsWith(`${place}.`)),
    );
  }

  /** Charges work, about one unit per member read. @throws BudgetSpent */
  spend(units: number): void {
    this.budget.spend(units);
  }

  /**
   * Adds a finding at the current place.
   * @param rest the values of the message, optional if it has none; then a severity if it differs from the default of the kind
   */
  report<Id extends MessageId>(id: Id, ...rest: ReportArguments<Id>): void {
    const [values = {}, severity = kinds[id].severity] = rest as readonly [Issue['values']?, Severity?];
    this.#add(id, values, severity);
  }

  /**
   * As `report`, with an issue code that differs from the default of the kind: a malformed value elsewhere breaks the question's rule in an
   * answer.
   */
  reportAs<Id extends MessageId>(code: IssueCode, id: Id, values: FindingValues<Id>): void {
    this.#add(id, values as Issue['values'], kinds[id].severity, code);
  }

  /** Adds a prepared finding at the current place. */
  reportFinding({ id, values }: Finding): void {
    this.#add(id, values as Issue['values'], kinds[id].severity);
  }

  #add(id: MessageId, values: Issue['values'], severity: Severity, code: IssueCode = kinds[id].code): void {
    // Charges for the memory of a finding and for building its expression.
    this.spend(20 + this.#depth);
    if (this.#attempts === 0 && this.#isOneTooMany(id, severity)) return;
    const expression = isOfJson(id, values) ? this.expression.replaceAll(/\.ofType\(\w+\)/g, '[x]') : this.expression;
    const issue: Issue = { severity, code, id, expression, values };
    this.issues.push(issue);
    if (severity === 'warning' && ofBindings.has(id)) this.#keepLoose(issue);
  }

  #keepLoose(issue: Issue): void {
    const { label } = this;
    const number = this.#placeNumber;
    const byNumber = (this.#loose ??= new Map<string, Map<number, Issue[]>>()).get(label) ?? new Map<number, Issue[]>();
    this.#loose.set(label, byNumber.set(number, [...(byNumber.get(number) ?? []), issue]));
  }

  /** Hash of the current place, from its depth and indexes. Different places may have the same number. */
  get #placeNumber(): number {
    let number = this.#depth;
    for (let i = 0; i < this.#depth; i += 1) number = (Math.imul(number, 31) + this.#indexes[i]!) | 0;
    return number;
  }

  /**
   * Called when the codes at this place are in a value set to which a profile binds them, or must be. Removes earlier warnings of
   * extensible bindings here, because the profile has chosen among the codes that its base does not have.
   */
  replacesBinding(): void {
    if (this.#loose === undefined || this.#attempts > 0) return;
    const byNumber = this.#loose.get(this.label);
    const near = byNumber?.get(this.#placeNumber);
    if (byNumber === undefined || near === undefined) return;
    // Building an expression costs more than most checks.
    const { expression } = this;
    const others = near.filter((one) => one.expression !== expression);
    for (const issue of near) {
      if (issue.expression !== expression) continue;
      const at = this.issues.lastIndexOf(issue);
      if (at < 0) continue; // it was discarded with an attempt
      this.issues.splice(at, 1);
      const alike = this.#alike?.get(`${issue.severity} ${issue.id}`);
      if (alike !== undefined) alike.count -= 1;
    }
    if (others.length > 0) byNumber.set(this.#placeNumber, others);
    else byNumber.delete(this.#placeNumber);
  }

  /**
   * Counts a finding and returns whether the limit of its kind is exceeded, in which case it is not kept. A body of 46 MB could otherwise
   * produce a million.
   */
  #isOneTooMany(id: MessageId, severity: Severity): boolean {
    if (this.#alike === undefined && this.issues.length < mostAlike) return false;
    return countedIn((this.#alike ??= countsOf(this.issues)), id, severity) > mostAlike;
  }

  /** Ends the run. @returns the findings without duplicates, and one `more-findings` for each kind whose limit was exceeded */
  end(): Issue[] {
    const issues = this.issues.length < 2 ? this.issues : unique(this.issues);
    for (const { id, severity, count } of this.#alike?.values() ?? []) {
      if (count <= mostAlike) continue;
      const values = { kind: id, count: count - mostAlike };
      issues.push({ severity, code: kinds[id].code, id: 'more-findings', expression: this.expression, values });
    }
    this.#alike = undefined;
    return issues;
  }

  /** Reports at the element as a whole, without the index of a repetition. */
  reportJson<Id extends MessageId>(id: Id, ...rest: ReportArguments<Id>): void {
    const at = this.#depth - 1;
    const index = this.#indexes[at]!;
    this.#indexes[at] = -1;
    this.report(id, ...rest);
    this.#indexes[at] = index;
  }

  /** Reports at the parent of the current element. */
  reportAbove<Id extends MessageId>(id: Id, ...rest: ReportArguments<Id>): void {
    this.#depth -= 1;
    this.report(id, ...rest);
    this.#depth += 1;
  }

  /** Reports at an ancestor of the current place, by its depth; 1 is the whole resource. */
  reportAt<Id extends MessageId>(depth: number, id: Id, ...rest: ReportArguments<Id>): void {
    const own = this.#depth;
    this.#depth = Math.min(depth, own);
    this.report(id, ...rest);
    this.#depth = own;
  }

  /** Runs a part and returns its findings without keeping them, to test whether a value conforms. */
  attempt(part: () => void): Issue[] {
    const before = this.issues.length;
    this.#attempts += 1;
    part();
    this.#attempts -= 1;
    return this.issues.splice(before);
  }

  /**
   * Runs a check of a value against a profile, unless the same check is in progress. For resources in a Bundle it also runs only once,
   * because a resource may claim the same profile that its entry requires.
   */
  guarded(value: unknown, url: string, check: () => void): void {
    if (this.#open.some((one) => one.value === value && one.url === url)) return;
    if (this.bundle !== undefined && this.#attempts === 0 && isObject(value) && value['resourceType'] !== undefined) {
      const checked = this.#checked.get(value) ?? new Set<string>();
      if (checked.has(url)) return;
      this.#checked.set(value, checked.add(url));
    }
    this.#open.push({ value, url });
    check();
    this.#open.pop();
  }
}
