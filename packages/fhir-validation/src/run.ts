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

/** The constraints of a profile on top of R5, as a run asks for them. */
export interface Profile {
  readonly url: string;
  /** The type of R5, or of a logical model, that it is for. */
  readonly type: string;
  /** Checks a value of a type against the profile, at the place where the run is. */
  check(value: unknown, type: string, sibling: Json | undefined, run: Run): void;
  /** Whether a value conforms, without reports. */
  accepts(value: unknown, type: string, run: Run): boolean;
  /** Whether a value belongs to a slice of the profile, of whichever element has one of that name. */
  isInSlice(
    item: { readonly value: unknown; readonly sibling: Json | undefined; readonly type: string },
    name: string,
    run: Run,
  ): boolean;
}

/** An extension as its definition describes it. */
export interface ExtensionProfile {
  readonly definition: StructureDefinition;
  /** Where it may stand; undefined if its definition does not say. */
  readonly contexts: readonly ExtensionContext[] | undefined;
  readonly overlay: Profile;
  /** Whether its definition says that it changes the meaning of what it stands on. */
  readonly isModifying: boolean;
  /** Whether it is meant for this version of FHIR. */
  readonly isForThisVersion: boolean;
  /** Whether it may stand on every element of a type, by types; filled as they are met. */
  readonly onTypes: Map<string, boolean>;
  /** Names of its parts, those of its bases among them; undefined if a base is not at hand, so that it may have others. */
  readonly parts: ReadonlySet<string> | undefined;
}

/** Definitions by their canonicals (`url` or `url|version`); undefined if one is not at hand. */
export interface Profiles {
  structure(canonical: string): StructureDefinition | undefined;
  questionnaire(canonical: string): Questionnaire | undefined;
  /** A definition of another type. */
  other(type: string, canonical: string): Json | undefined;
  /** Whether definitions of other types are at hand. */
  readonly hasOthers: boolean;
  overlay(canonical: string): Profile | undefined;
  extension(url: string): ExtensionProfile | undefined;
}

/** Rules of a validation, beyond the definitions of R5. */
export interface Rules {
  readonly codes: Codes | undefined;
  readonly profiles: Profiles;
  readonly unknownExtensions: Severity | 'ignore';
  readonly unknownProfiles: Severity | 'ignore';
  readonly unknownCodes: Severity | 'ignore';
  readonly wrongDisplays: Severity | 'ignore';
  readonly searchExpressions: Severity | 'ignore';
  readonly beyondSpecification: Severity;
  readonly advice: boolean;
  readonly claimed: boolean;
  readonly vitalSigns: boolean;
  readonly national: boolean;
  readonly nationalIdentifiers: Severity | 'ignore';
  /** Whether what a reference leads to outside of the resource meets a profile; undefined when it is not at hand. */
  readonly elsewhere: ((reference: string, profile: string) => boolean | undefined) | undefined;
  /** Whether there is what a reference leads to outside of the resource; undefined when that cannot be told. */
  readonly exists: ((reference: string) => boolean | undefined) | undefined;
  /** Severity of a target that was found and meets none of the profiles that its reference requires. */
  readonly wrongTargets: Severity;
  /** Returns the FHIRPath environment for the current resource. */
  readonly environment: (run: Run) => EvaluationEnvironment;
}

/** The answers of a part of a QuestionnaireResponse by linkId. */
export type Answers = ReadonlyMap<string, readonly unknown[]>;

/** Values of a finding as its message names them, and its severity. */
type ReportArguments<Id extends MessageId> =
  Readonly<Record<string, never>> extends FindingValues<Id>
    ? [values?: FindingValues<Id>, severity?: Severity]
    : [values: FindingValues<Id>, severity?: Severity];

/** Findings of a kind and severity that are kept: more help nobody, and each takes some 300 bytes. */
const mostAlike = 1_000;

/** Findings about JSON: they name a choice as a whole, since a value that cannot be read has no type. */
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

/** A text or a number in the place of another one is a value of the type that its member names, and wrong as that, unless it alone is in quotes or lacks them. */
const isOfJson = (id: MessageId, values: Issue['values']): boolean =>
  ofJson.has(id) ||
  (id === 'json-type' && (/^(?:object|array|null)$/.test(String(values['found'])) || isRightButForQuotes(values)));

/** Whether a literal would be a value of its type with quotes, or without. */
function isRightButForQuotes({ type, found, value }: Issue['values']): boolean {
  const text = String(value);
  if (found !== 'string') return /^(?:string|markdown|code|id)$/.test(String(type));
  if (type === 'boolean') return text === 'true' || text === 'false';
  const number = type === 'decimal' ? /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/ : /^(?:0|-?[1-9]\d*)$/;
  return (
    number.test(text) && !(type === 'positiveInt' && !(Number(text) > 0)) && !(type === 'unsignedInt' && text < '0')
  );
}

/** Findings that a code is not in a value set; as warnings where it only should be. */
const ofBindings: ReadonlySet<MessageId> = new Set(['code-not-in-value-set', 'concept-not-in-value-set']);

/** Findings that several rules, or several profiles, make of one place in the same words. */
const toldOnce: ReadonlySet<MessageId> = new Set<MessageId>([
  ...(['reference-target', 'code-not-in-value-set', 'concept-not-in-value-set', 'concept-without-code'] as const),
  'display-not-in-value-set',
  // A rule that several profiles have from one.
  'invariant',
  ...(['questionnaire-condition-within', 'questionnaire-condition-unknown', 'questionnaire-condition-after'] as const),
]);

/** Those once each, and all others. */
function unique(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter(({ severity, id, expression, values }) => {
    if (!toldOnce.has(id)) return true;
    const { size } = seen;
    return seen.add(`${severity} ${id} ${expression} ${JSON.stringify(values)}`).size > size;
  });
}

/** How many findings there are of a kind and severity. */
interface Alike {
  readonly id: MessageId;
  readonly severity: Severity;
  count: number;
}

/** Counts one more, and returns how many there are. */
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

/** One validation: the place in the resource, what was found, and what is known of the resource as a whole. */
export class Run {
  readonly rules: Rules;
  /** In what contexts the resource would be used, as whoever asks says. */
  readonly usage: readonly UsageContext[];
  readonly issues: Issue[] = [];
  /** Profiles that the resource must meet beside those that it claims. */
  asked: readonly string[] = [];
  /** Limits the work of the validation. */
  readonly budget: Budget;
  /** Resource that the place is in (`%resource`), and what contains that (`%rootResource`). */
  resource: Json = {};
  rootResource: Json = {};
  /** The outermost Bundle, whose entries references may lead to. */
  bundle: Json | undefined;
  /** Ids of elements met in the resource so far; made when there is one. */
  elementIds: Set<string> | undefined;
  readonly targets = new LocalTargets();
  /** Elements that rules read otherwise than they stand there, without what cannot be read; made when there is one. */
  readings: Map<unknown, Json> | undefined;
  /** Results of expressions by resource: each extension of a kind evaluates the same ones. */
  places: Map<Json, Map<string, ReadonlySet<unknown>>> | undefined;
  /** The answers in parts of a QuestionnaireResponse that conditions have asked for. */
  answers: Map<Json, Answers> | undefined;
  /** The codes of value sets that a questionnaire contains, as `system#code`; undefined for those that are not all at hand. */
  containedCodes: Map<Json, ReadonlySet<string> | undefined> | undefined;
  /** Whether the Coding at hand, where it stands alone, is bound to more than examples. */
  codingIsBound = false;
  /** Depth of the current resource's place. */
  resourceDepth = 0;
  /** For FHIRPath; made again for each resource, when first needed. */
  environment: EvaluationEnvironment | undefined;
  /** `%profile`, the canonical of the profile whose invariants are evaluated. */
  readonly variables: { profile: string | undefined } = { profile: undefined };
  /** Profiles that are being checked on a value, so that those which name one another come to an end. */
  readonly #open: { value: unknown; url: string }[] = [];
  readonly #labels: string[] = [];
  readonly #indexes: number[] = [];
  #depth = 0;
  /** Attempts that are under way, one within another: what they report is taken back. */
  #attempts = 0;
  /** Profiles that resources of a Bundle were checked against. */
  readonly #checked = new Map<unknown, Set<string>>();
  /** Warnings that codes are not in value sets that are extensible, by the name of the element and the number of the place; made when there is one. */
  #loose: Map<string, Map<number, Issue[]>> | undefined;
  /** Findings by severity and kind; counted when there are so many that some may be too many. */
  #alike: Map<string, Alike> | undefined;

  constructor(rules: Rules, usage: readonly UsageContext[] = [], budget = new Budget()) {
    this.rules = rules;
    this.budget = budget;
    this.usage = usage;
  }

  /** Goes to a child; -1 for one that does not repeat. The labels of all levels, joined, are the expression. */
  enter(label: string, index: number): void {
    this.#labels[this.#depth] = label;
    this.#indexes[this.#depth] = index;
    this.#depth += 1;
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** FHIRPath of the place: `Patient.contact[0].name`. */
  get expression(): string {
    let text = '';
    for (let i = 0; i < this.#depth; i += 1) {
      if (i > 0) text += '.';
      text += this.#labels[i]!;
      if (this.#indexes[i]! >= 0) text += `[${this.#indexes[i]!}]`;
    }
    return text;
  }

  /** The name of the element that the place is. */
  get label(): string {
    return this.#labels[this.#depth - 1]!;
  }

  get depth(): number {
    return this.#depth;
  }

  /** The labels of the elements that lead from the resource at hand to the place. */
  get labelsInResource(): string[] {
    return this.#labels.slice(this.resourceDepth, this.#depth);
  }

  /** The object of the resource at hand that the place is in, this many levels above it; undefined if there is none. */
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

  /** Whether an error has been told of a resource that the one at hand contains: then it conforms to no profile. */
  isFaulty(contained: unknown): boolean {
    if (this.issues.length === 0 || this.resource !== this.rootResource) return false;
    const index = listOf(this.resource['contained']).indexOf(contained);
    if (index < 0) return false;
    this.spend((index + this.issues.length) / 16);
    const depth = this.#depth;
    // A profile that is requested is checked when the resource has been left.
    this.#depth = Math.max(1, this.resourceDepth);
    const place = `${this.expression}.contained[${index}]`;
    this.#depth = depth;
    return this.issues.some(
      ({ severity, expression }) =>
        severity === 'error' && (expression === place || expression.startsWith(`${place}.`)),
    );
  }

  /** Pays for work, about a unit for a member that is looked at. @throws BudgetSpent */
  spend(units: number): void {
    this.budget.spend(units);
  }

  /**
   * Adds a finding about the place.
   * @param rest the values that the message names, which it may lack where it names none; then its severity, if it is not that of its kind
   */
  report<Id extends MessageId>(id: Id, ...rest: ReportArguments<Id>): void {
    const [values = {}, severity = kinds[id].severity] = rest as readonly [Issue['values']?, Severity?];
    this.#add(id, values, severity);
  }

  /** As `report`, with another code than that of its kind: what is a value of the wrong form elsewhere, in an answer breaks the question's rule. */
  reportAs<Id extends MessageId>(code: IssueCode, id: Id, values: FindingValues<Id>): void {
    this.#add(id, values as Issue['values'], kinds[id].severity, code);
  }

  /** Adds a finding that was made elsewhere, about the place. */
  reportFinding({ id, values }: Finding): void {
    this.#add(id, values as Issue['values'], kinds[id].severity);
  }

  #add(id: MessageId, values: Issue['values'], severity: Severity, code: IssueCode = kinds[id].code): void {
    // A finding takes room, and its place is spelt out.
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

  /** The place as a number, of its depth and its indexes: another one may have the same. */
  get #placeNumber(): number {
    let number = this.#depth;
    for (let i = 0; i < this.#depth; i += 1) number = (Math.imul(number, 31) + this.#indexes[i]!) | 0;
    return number;
  }

  /**
   * The codes of the place are in a value set that a profile binds it to, or have to be. What an extensible binding before it said is no news
   * then: the profile has chosen among the codes that its base has not.
   */
  replacesBinding(): void {
    if (this.#loose === undefined || this.#attempts > 0) return;
    const byNumber = this.#loose.get(this.label);
    const near = byNumber?.get(this.#placeNumber);
    if (byNumber === undefined || near === undefined) return;
    // To spell out a place costs more than most checks.
    const { expression } = this;
    const others = near.filter((one) => one.expression !== expression);
    for (const issue of near) {
      if (issue.expression !== expression) continue;
      const at = this.issues.lastIndexOf(issue);
      if (at < 0) continue; // it was taken back with an attempt
      this.issues.splice(at, 1);
      const alike = this.#alike?.get(`${issue.severity} ${issue.id}`);
      if (alike !== undefined) alike.count -= 1;
    }
    if (others.length > 0) byNumber.set(this.#placeNumber, others);
    else byNumber.delete(this.#placeNumber);
  }

  /** Counts a finding. Those of a kind that come after so many are no longer kept: a body of 46 MB could hold a million. */
  #isOneTooMany(id: MessageId, severity: Severity): boolean {
    if (this.#alike === undefined && this.issues.length < mostAlike) return false;
    return countedIn((this.#alike ??= countsOf(this.issues)), id, severity) > mostAlike;
  }

  /** Ends the run. @returns all findings, each once, with one more for each kind of which some were not kept */
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

  /** Reports about the JSON of the place: the element as a whole, all repetitions of it. */
  reportJson<Id extends MessageId>(id: Id, ...rest: ReportArguments<Id>): void {
    const at = this.#depth - 1;
    const index = this.#indexes[at]!;
    this.#indexes[at] = -1;
    this.report(id, ...rest);
    this.#indexes[at] = index;
  }

  /** Reports at the element that the place is in. */
  reportAbove<Id extends MessageId>(id: Id, ...rest: ReportArguments<Id>): void {
    this.#depth -= 1;
    this.report(id, ...rest);
    this.#depth += 1;
  }

  /** Reports at the element that stands so deep above the place; 1 is the whole. */
  reportAt<Id extends MessageId>(depth: number, id: Id, ...rest: ReportArguments<Id>): void {
    const own = this.#depth;
    this.#depth = Math.min(depth, own);
    this.report(id, ...rest);
    this.#depth = own;
  }

  /** Runs a part and takes back what it reports: to ask whether a value would conform. */
  attempt(part: () => void): Issue[] {
    const before = this.issues.length;
    this.#attempts += 1;
    part();
    this.#attempts -= 1;
    return this.issues.splice(before);
  }

  /**
   * Runs a check of a value against a profile unless it is running already; nor does it twice of a resource in a Bundle, which may claim the
   * profile that its entry asks for.
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
