import type { JsonSource } from '@dhp/fhir-model';
import type { Issue } from '../issue.ts';
import type { Language } from '@dhp/negotiation';
import { describeIssue } from '../messages/describe.ts';
import { placeIssues } from './place.ts';

const extensionBase = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-';

/** The code system of the stable ids of findings. */
const codeSystem = 'urn:dhp:validation';

/** https://hl7.org/fhir/R5/operationoutcome.html */
export interface OperationOutcomeIssue {
  readonly extension?: readonly { readonly url: string; readonly valueInteger: number }[];
  readonly severity: Issue['severity'];
  readonly code: Issue['code'];
  readonly details: {
    readonly coding: readonly [{ readonly system: string; readonly code: string }];
    readonly text: string;
  };
  readonly expression: readonly [string];
}

/**
 * Findings as the issues of an OperationOutcome: the stable id is a coding, the text is in the language asked
 * for. With the source text each tells line and column, in the extensions that HL7 defines for them.
 * @example
 * const issues = new Validator().validate({ resourceType: 'Patient', nam: 'x' });
 * operationOutcome(issues, 'en').map(({ severity, code }) => `${severity} ${code}`); // [ 'error structure' ]
 */
export function operationOutcome(
  issues: readonly Issue[],
  language: Language,
  source?: JsonSource,
): OperationOutcomeIssue[] {
  const places = source === undefined ? undefined : placeIssues(issues, source);
  return issues.map((issue, i) => {
    const place = places?.[i];
    return {
      ...(place !== undefined && {
        extension: [
          { url: `${extensionBase}line`, valueInteger: place.line },
          { url: `${extensionBase}col`, valueInteger: place.column },
        ],
      }),
      severity: issue.severity,
      code: issue.code,
      details: { coding: [{ system: codeSystem, code: issue.id }], text: describeIssue(issue, language) },
      expression: [issue.expression],
    };
  });
}
