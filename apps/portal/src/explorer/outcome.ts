/** The issues of an OperationOutcome, with the lines of the body that they are about. */

export interface OutcomeIssue {
  readonly severity: string;
  readonly text: string;
  /** About this very case, in English; undefined if the text says it. */
  readonly diagnostics?: string | undefined;
  /** Stable code, which has a page. */
  readonly code: string | undefined;
  readonly expression: string | undefined;
  /** In the sent body, both from 1. */
  readonly line: number | undefined;
  readonly column: number | undefined;
}

const placeExtension = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-';

/** @returns an empty list if the text is not an OperationOutcome */
export function issuesIn(body: string): OutcomeIssue[] {
  const outcome = parsed(body);
  if (outcome?.['resourceType'] !== 'OperationOutcome' || !Array.isArray(outcome['issue'])) return [];
  return outcome['issue'].slice(0, 100).map((one) => issueOf((one ?? {}) as Issue));
}

interface Issue {
  readonly severity?: unknown;
  readonly diagnostics?: unknown;
  readonly expression?: unknown;
  readonly details?: { readonly text?: unknown; readonly coding?: readonly { readonly code?: unknown }[] };
  readonly extension?: readonly ({ readonly url?: unknown; readonly valueInteger?: unknown } | null)[];
}

function issueOf({ severity, details, diagnostics, expression, extension }: Issue): OutcomeIssue {
  const placeIn = (name: 'line' | 'col'): number | undefined => {
    const value = [extension ?? []].flat().find((one) => one?.url === placeExtension + name)?.valueInteger;
    return Number.isInteger(value) ? (value as number) : undefined;
  };
  const code = [details?.coding ?? []].flat()[0]?.code;
  return {
    severity: textOf(severity) ?? '',
    text: textOf(details?.text) ?? textOf(diagnostics) ?? '',
    ...(typeof details?.text === 'string' && typeof diagnostics === 'string' && { diagnostics }),
    code: textOf(code),
    expression: textOf([expression].flat()[0]),
    line: placeIn('line'),
    column: placeIn('col'),
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
