/** Findings about a resource, in a chosen language, each with its place in the file. */
import { JsonSyntaxError, scanJson } from '@dhp/fhir-model';
import { describeIssue, placeIssues, type Issue, type Language } from '@dhp/fhir-validation';
import type { XmlFault, XmlFaultKind } from '@dhp/fhir-xml';
import type { Offline } from './offline.ts';
import type { Subject } from './subjects.ts';

export interface Finding {
  readonly severity: Issue['severity'];
  /** FHIR issue-type. */
  readonly code: string;
  /** The stable id of the rule. */
  readonly id: string;
  readonly text: string;
  /** FHIRPath; undefined for a text that cannot be read. */
  readonly expression: string | undefined;
  /** Both from 1, in the file; undefined if it has no place. */
  readonly place: { readonly line: number; readonly column: number } | undefined;
}

export interface FindingOptions {
  readonly profiles: readonly string[];
  readonly language: Language;
  /** Whether the profiles that guides declare as global must be met. */
  readonly isGlobal: boolean;
}

/** Errors first, then by place. */
export function findingsIn(subject: Subject, offline: Offline, options: FindingOptions): Finding[] {
  const { text, line, faults = [] } = subject;
  try {
    const source = scanJson(text);
    const { profiles, language, isGlobal } = options;
    const global = isGlobal ? offline.globalProfiles(source.resourceType ?? '') : [];
    const issues = offline.validator.validateText(source, [...new Set([...profiles, ...global])]);
    const places = line === undefined ? [] : placeIssues(issues, source);
    const found = issues.map((issue, i): Finding => {
      const { severity, code, id, expression } = issue;
      const place = places[i];
      return {
        ...{ severity, code, id, expression, text: describeIssue(issue, language) },
        place: place === undefined ? undefined : { line: place.line + line! - 1, column: place.column },
      };
    });
    return [...faults.map(ofXml), ...found].sort((a, b) => rank(a) - rank(b) || compared(a.place, b.place));
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const place = line === undefined ? undefined : { line: error.line + line - 1, column: error.column };
    // A repeated name is reported for the object that contains it.
    const expression = error.kind === 'duplicate-key' ? error.path.replace(/\.[^.]*$/, '') : undefined;
    return [...faults.map(ofXml), unreadable(withoutPlace(error.message), place, expression)];
  }
}

/** A finding about XML that does not prevent reading the rest. https://hl7.org/fhir/R5/xml.html */
export function ofXml({ kind, message, path, line, column }: XmlFault): Finding {
  return {
    ...{ severity: 'error', code: codeOf(kind, path), id: `xml-${kind}` },
    ...{ text: withoutPlace(message), expression: path === '' ? undefined : path, place: { line, column } },
  };
}

/** A thing in a forbidden place, or repeated too often, is a fault of the structure; so is a root that is not a resource. */
export function codeOf(kind: XmlFaultKind, path: string): Finding['code'] {
  const isRoot = path === '' && kind === 'namespace';
  return kind === 'unknown' || kind === 'repeated' || isRoot || (kind === 'forbidden' && path !== '')
    ? 'structure'
    : 'invalid';
}

/** The place is shown beside the message. */
const withoutPlace = (message: string): string => message.replace(/ \(line \d+, column \d+\)$/, '');

/** The finding about a text that is not JSON or XML. */
export function unreadable(reason: string, place: Finding['place'], expression?: string): Finding {
  return { severity: 'error', code: 'invalid', id: 'text-not-readable', text: reason, expression, place };
}

export function isError({ severity }: Pick<Finding, 'severity'>): boolean {
  return severity === 'error' || severity === 'fatal';
}

const order: readonly Finding['severity'][] = ['fatal', 'error', 'warning', 'information'];
const rank = ({ severity }: Finding): number => order.indexOf(severity);

function compared(a: Finding['place'], b: Finding['place']): number {
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}
