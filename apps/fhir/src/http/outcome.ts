import type { Language } from './language.ts';

/** The code system of every stable code in `OperationOutcome.issue.details.coding`; the same in every environment. */
export const codeSystem = 'urn:dhp:error-code';

export interface Issue {
  severity: 'fatal' | 'error' | 'warning' | 'information' | 'success';
  /** FHIR issue-type. */
  issue: string;
  /** Our stable code. */
  code: string;
  text: string;
  diagnostics?: string | undefined;
  /** A path in a resource; `http.` and its name for a parameter of the query. */
  expression?: string | undefined;
}

/** Issues as the text of an OperationOutcome (https://hl7.org/fhir/R5/operationoutcome.html). */
export function operationOutcome(issues: readonly Issue[], language: Language): string {
  return JSON.stringify({
    resourceType: 'OperationOutcome',
    language,
    issue: issues.map((issue) => ({
      severity: issue.severity,
      code: issue.issue,
      details: { coding: [{ system: codeSystem, code: issue.code }], text: issue.text },
      diagnostics: issue.diagnostics,
      location: issue.expression?.startsWith('http.') === true ? [issue.expression] : undefined,
      expression: issue.expression === undefined ? undefined : [issue.expression],
    })),
  });
}

/** Puts values in the places of `{name}`; a name without a value stays as it is. */
export function fillIn(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
