import type { Coding } from '@dhp/fhir-model';
import type { Language } from '@dhp/negotiation';
import type { Name } from '../language/names.ts';
import { issue, type IssueParts, type TerminologyIssue } from '../outcome/issue.ts';
import type { Sentence } from '../outcome/messages.ts';
import type { SystemHeader } from '../concepts/concept-system.ts';

/** The standing of a concept: whether it may still be used, and the status that its code system gives it. */
export interface Condition {
  readonly code: string;
  readonly isInactive: boolean;
  readonly status: string | undefined;
}

/** Result of a value set for one coding. */
export interface Verdict {
  readonly result: boolean | undefined;
  readonly found: Found;
  readonly issues: readonly TerminologyIssue[];
}

/** Findings about a coded value so far. */
export class Trial {
  readonly issues: TerminologyIssue[] = [];
  /** The sentences of the message, by their English. */
  readonly #messages = new Map<string, Sentence>();
  /** Keys of the reported issues, so that each is reported once. */
  readonly #reported = new Set<string>();
  readonly #verdicts = new Map<object, Verdict & { readonly coding: Coding }>();
  /** Code systems (`url` or `url|version`) that are not known, each reported once. */
  readonly unknownSystems = new Set<string>();
  /** Status of each concept that was found, from its code system, by the path of its coding. */
  readonly conditions = new Map<string, Condition>();
  /** The code as the code system writes it, if that differs. */
  normalisedCode: string | undefined;
  /** The system that was found if the request gives none. */
  impliedSystem: string | undefined;

  /** Adds an issue, unless it was reported already. An error is also part of the message. */
  report(severity: 'error' | 'warning' | 'information', code: string, parts: IssueParts): void {
    this.#report(issue(severity, code, parts));
  }

  /** Adds a sentence to the message. */
  addMessage(sentence: Sentence): void {
    this.#messages.set(sentence.in('en'), sentence);
  }

  /** The message in a language: each sentence once, sorted; empty if there are no sentences. */
  messageIn(language: Language): string {
    return [...new Set([...this.#messages.values()].map((one) => one.in(language)))].sort().join('; ');
  }

  #report(one: TerminologyIssue): void {
    const key = keyOf(one);
    if (!this.#reported.has(key)) this.issues.push(one);
    this.#reported.add(key);
    if (one.severity === 'error') this.addMessage(one.details.text);
  }

  /**
   * Returns the earlier result of a value set for the same coding object, and repeats its issues and findings.
   * @param asked the checker of the value set
   */
  recall(asked: object, coding: Coding, found: Found): Verdict | undefined {
    const verdict = this.#verdicts.get(asked);
    if (verdict?.coding !== coding) return undefined;
    // Names that were found by another way stay known.
    if (found.names.length === 0) Object.assign(found, verdict.found);
    for (const one of verdict.issues) this.#report(one);
    return verdict;
  }

  remember(asked: object, coding: Coding, verdict: Verdict): void {
    this.#verdicts.set(asked, { ...verdict, coding });
  }

  /** Notes the status of a concept, once for each coding. */
  noteCondition(path: string, condition: Condition): void {
    if (!this.conditions.has(path)) this.conditions.set(path, condition);
  }

  /**
   * Takes back that a code is unknown or no longer active, reported since there were so many issues: it is in another part of the value set.
   */
  forgive(since: number): void {
    for (const one of this.issues.splice(since)) {
      const { severity, details } = one;
      if (severity !== 'error' || !ofOnePart.has(details.coding?.[0]?.code ?? '')) {
        this.issues.push(one);
        continue;
      }
      this.#messages.delete(details.text.in('en'));
      this.#reported.delete(keyOf(one));
    }
  }

  get hasErrors(): boolean {
    return this.issues.some(({ severity }) => severity === 'error');
  }
}

/** Kinds of errors that are about a code in one part of a value set, and may not be so in another. */
const ofOnePart: ReadonlySet<string> = new Set(['invalid-code', 'code-rule']);

/** Names and code system of one coding. */
export interface Found {
  names: Name[];
  header?: SystemHeader;
}

const keyOf = ({ severity, details, expression }: TerminologyIssue): string =>
  `${severity} ${expression?.[0] ?? ''} ${details.text.in('en')}`;
