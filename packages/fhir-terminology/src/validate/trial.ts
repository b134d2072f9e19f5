import type { OperationOutcomeIssue } from '@dhp/fhir-model';
import type { Name } from '../language/names.ts';
import { issue, type IssueParts } from '../outcome/issue.ts';
import type { SystemHeader } from '../source/concept-system.ts';

/** The standing of a concept: whether it may still be used, and the status that its code system gives it. */
export interface Condition {
  readonly code: string;
  readonly isInactive: boolean;
  readonly status: string | undefined;
}

/** What has come to light about a coded value so far. */
export class Trial {
  readonly issues: OperationOutcomeIssue[] = [];
  readonly messages = new Set<string>();
  /** Code systems (`url` or `url|version`) that are not known, each reported once. */
  readonly unknownSystems = new Set<string>();
  /** What the code system says of the standing of each concept that was found, by where its coding stands. */
  readonly conditions = new Map<string, Condition>();
  /** The code as the code system writes it, where it differs. */
  normalisedCode: string | undefined;
  /** The system that was found where the request gives none. */
  impliedSystem: string | undefined;

  /** Adds an issue, unless the same has been said. An error is also part of the message. */
  report(severity: 'error' | 'warning' | 'information', code: string, parts: IssueParts): void {
    const same = this.issues.some(
      ({ severity: other, details, expression }) =>
        other === severity && details?.text === parts.text && (expression?.[0] ?? '') === (parts.expression ?? ''),
    );
    if (!same) this.issues.push(issue(severity, code, parts));
    if (severity === 'error') this.messages.add(parts.text);
  }

  /** Notes how a concept stands, once for each coding. */
  noteCondition(path: string, condition: Condition): void {
    if (!this.conditions.has(path)) this.conditions.set(path, condition);
  }

  /** Takes back that a code is unknown, said since there were so many issues: another part of the value set knows it. */
  forgiveUnknownCodes(since: number): void {
    for (let i = this.issues.length - 1; i >= since; i--) {
      const { severity, details } = this.issues[i]!;
      if (severity !== 'error' || details?.coding?.[0]?.code !== 'invalid-code') continue;
      this.messages.delete(details.text ?? '');
      this.issues.splice(i, 1);
    }
  }

  get hasErrors(): boolean {
    return this.issues.some(({ severity }) => severity === 'error');
  }
}

/** What is found of one coding. */
export interface Found {
  names: Name[];
  header?: SystemHeader;
}
