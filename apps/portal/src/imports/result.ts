/** The result of an import, as the FHIR server reports it. docs/bulk-export.md */
import { issuesIn, type OutcomeIssue } from '../explorer/outcome.ts';
import { listOf, membersOf, textOf } from '../explorer/kept.ts';

export interface ImportedInput {
  /** Its address; '' for lines that were sent. */
  readonly source: string;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly rejected: number;
  /** Everything in it was imported before. */
  readonly isRepeated: boolean;
  /** Why it could not be read. */
  readonly failure: readonly OutcomeIssue[];
}

export interface ImportResult {
  readonly inputs: readonly ImportedInput[];
  /** Lines of the file with the rejected ones. */
  readonly rejects: number;
  readonly notKept: number;
}

export function importResultIn(body: unknown): ImportResult {
  const manifest = membersOf(body);
  const inputs = listOf(manifest['output']).map((one): ImportedInput => {
    const { inputUrl, importedBefore, failure, ...counts } = membersOf(one);
    const count = (name: string): number => Number(counts[name] ?? 0);
    return {
      ...{ source: textOf(inputUrl), isRepeated: importedBefore !== undefined },
      ...{ created: count('created'), updated: count('updated'), unchanged: count('unchanged') },
      rejected: count('rejected'),
      failure: failure === undefined ? [] : issuesIn(JSON.stringify(failure)),
    };
  });
  const [error] = listOf(manifest['error']).map(membersOf);
  return { inputs, rejects: Number(error?.['count'] ?? 0), notKept: Number(manifest['rejectsNotKept'] ?? 0) };
}

export interface RejectedLine {
  readonly line: number;
  readonly source: string;
  readonly issues: readonly OutcomeIssue[];
}

/** The first lines of the file of rejects. */
export function rejectsIn(text: string, most: number): RejectedLine[] {
  const lines = text.split('\n').slice(0, most);
  return lines.flatMap((one) => {
    try {
      const { line, source, outcome } = JSON.parse(one) as Record<string, unknown>;
      return [{ line: Number(line), source: textOf(source), issues: issuesIn(JSON.stringify(outcome)) }];
    } catch {
      return [];
    }
  });
}
