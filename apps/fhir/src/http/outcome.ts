import { describeIssue, placeIssues, type Issue as Finding, type Place } from '@dhp/fhir-validation';
import type { Language } from '@dhp/negotiation';

/** The code system of every stable code in `OperationOutcome.issue.details.coding`; the same in every environment. */
export const codeSystem = 'urn:dhp:error-code';

/** The code system of the stable ids of findings of the validation. */
const findingSystem = 'urn:dhp:validation';

/** https://hl7.org/fhir/extensions/StructureDefinition-operationoutcome-issue-line.html and -col.html */
const placeExtension = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-';

export interface Issue {
  severity: 'fatal' | 'error' | 'warning' | 'information' | 'success';
  /** FHIR issue-type. */
  issue: string;
  /** Our stable code; absent for a finding that is no error of the server's catalogue. */
  code?: string;
  /** The stable id of a finding of the validation. */
  finding?: string;
  text: string;
  diagnostics?: string | undefined;
  /** A path in a resource; `http.` and its name for a parameter of the query. */
  expression?: string | undefined;
  /** Where it is in the JSON that was sent, both from 1. */
  place?: Place | undefined;
}

/** A finding about a resource that is a part of a Bundle: `within` names the entry. */
export interface FindingInEntry extends Finding {
  readonly within?: string;
  /** Where it is in the JSON that was sent, where that is known already. */
  readonly place?: Place;
}

/** Issues as the text of an OperationOutcome (https://hl7.org/fhir/R5/operationoutcome.html). */
export function operationOutcome(issues: readonly Issue[], language: Language): string {
  return JSON.stringify({
    resourceType: 'OperationOutcome',
    language,
    issue: issues.map(({ severity, issue, code, finding, text, diagnostics, expression, place }) => ({
      extension:
        place === undefined
          ? undefined
          : [
              { url: `${placeExtension}line`, valueInteger: place.line },
              { url: `${placeExtension}col`, valueInteger: place.column },
            ],
      severity,
      code: issue,
      details: {
        coding: [
          ...(code === undefined ? [] : [{ system: codeSystem, code }]),
          ...(finding === undefined ? [] : [{ system: findingSystem, code: finding }]),
        ],
        text: writable(text),
      },
      diagnostics: writable(diagnostics),
      location: expression?.startsWith('http.') === true ? [writable(expression)] : undefined,
      expression: expression === undefined ? undefined : [writable(expression)],
    })),
  });
}

/** Characters that no FHIR string can have; XML cannot even write them. https://hl7.org/fhir/R5/datatypes.html#string */
// eslint-disable-next-line no-control-regex -- these characters are searched for
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** The sentence may quote anything that a client sent. */
export function writable<Text extends string | undefined>(text: Text): Text {
  return text?.toWellFormed().replace(unwritable, '\ufffd') as Text;
}

/**
 * Returns the findings of a validation as issues.
 * @param text the JSON that was sent, when findings have a place in it that is not known yet
 * @param code the stable code of the error that they are, where they are one
 */
export function findingIssues(
  findings: readonly FindingInEntry[],
  language: Language,
  { text, code }: { readonly text?: string | undefined; readonly code?: string } = {},
): Issue[] {
  const isToBePlaced = text !== undefined && findings.some(({ place }) => place === undefined);
  const found = isToBePlaced ? placeIssues(findings, { text }) : [];
  const places = findings.map(({ place }, n) => place ?? found[n]);
  return findings.map((finding, n) => ({
    severity: finding.severity,
    issue: finding.code,
    ...(code !== undefined && (finding.severity === 'error' || finding.severity === 'fatal') && { code }),
    finding: finding.id,
    text: describeIssue(finding, language),
    diagnostics: shownFinding(finding, places[n]),
    expression: finding.expression,
    place: places[n],
  }));
}

function shownFinding(finding: FindingInEntry, place: Issue['place']): string {
  const within = finding.within === undefined ? '' : `${finding.within}: `;
  const at = place === undefined ? '' : `Line ${place.line}, column ${place.column}: `;
  return `${within}${at}${describeIssue(finding, 'en')}`;
}
