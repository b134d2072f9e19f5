import type { JsonSource } from '@dhp/fhir-model';
import type { Issue } from '../issue.ts';
import type { Language } from '@dhp/negotiation';
import { describeIssue } from '../messages/describe.ts';
import { placeIssues } from './place.ts';

const extensionBase = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-';

/** Code system of the stable ids of findings. */
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
 * Returns findings as issues of an OperationOutcome. The stable id is a coding and the text is in the requested language. With the source
 * text each issue has its line and column, in HL7's extensions.
 *
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
