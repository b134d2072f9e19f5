/** Prints findings: for people, as one OperationOutcome, or as one for each resource. */
import { styleText } from 'node:util';
import type { Language } from '@dhp/fhir-validation';
import { reportMessages } from '../texts/report.ts';
import { isError, type Finding } from './findings.ts';

/** Counts of a validation run. */
export interface Totals {
  files: number;
  resources: number;
  invalid: number;
  errors: number;
  warnings: number;
}

export interface Report {
  /** Prints the findings of one resource; nothing if there are none to print. */
  tell(file: string, findings: readonly Finding[]): void;
  end(totals: Totals, seconds: number): void;
}

export const formats = ['text', 'json', 'ndjson'] as const;
export type Format = (typeof formats)[number];

export function openReport(format: Format, output: NodeJS.WriteStream, language: Language): Report {
  if (format === 'json') return oneOutcome(output, language);
  return format === 'ndjson' ? outcomes(output, language) : forPeople(output, language);
}

const colours = { fatal: 'red', error: 'red', warning: 'yellow', information: 'cyan' } as const;

/**
 * `file:line:column` first, which editors and terminals turn into a link. Coloured on a terminal, unless NO_COLOR is set or the stream is
 * of another kind.
 */
function forPeople(output: NodeJS.WriteStream, language: Language): Report {
  const own = reportMessages[language];
  const styled = (style: Parameters<typeof styleText>[0], text: string): string =>
    styleText(style, text, { stream: output });
  return {
    tell(file, findings) {
      for (const finding of findings) {
        const { severity, text, expression, id } = finding;
        const about = [expression, id].filter((one) => one !== undefined).join(' · ');
        output.write(
          `${styled('bold', plain(placed(file, finding)))} ${styled(colours[severity], own.severities[severity])} ${plain(text)}\n` +
            `    ${styled('dim', plain(about))}\n`,
        );
      }
    },
    end(totals, seconds) {
      const { resources, invalid } = totals;
      const values = { ...totals, valid: resources - invalid, seconds: seconds.toFixed(1) };
      const summary = styled(invalid > 0 ? 'red' : 'green', own.summary(values));
      output.write(`${summary}; ${own.counts(values)} (${own.seconds(values)})\n`);
    },
  };
}

function placed(file: string, { place }: Finding): string {
  return place === undefined ? file : `${file}:${place.line}:${place.column}`;
}

/** Control characters of a file are replaced, so that its content cannot send commands to the terminal. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const plain = (text: string): string => text.replaceAll(control, '\ufffd').replaceAll('\n', ' ');

interface OutcomeIssue {
  readonly severity: string;
  readonly code: string;
  readonly details: object;
}

const extensionBase = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-';

/** https://hl7.org/fhir/R5/operationoutcome.html, with the place in extensions that HL7 defines for it. */
function outcomeIssue(file: string, finding: Finding): OutcomeIssue {
  const { severity, code, id, text, expression, place } = finding;
  return {
    ...(place !== undefined && {
      extension: [
        { url: `${extensionBase}issue-line`, valueInteger: place.line },
        { url: `${extensionBase}issue-col`, valueInteger: place.column },
      ],
    }),
    severity,
    code,
    details: { coding: [{ system: 'urn:dhp:validation', code: id }], text },
    diagnostics: placed(file, finding),
    ...(expression !== undefined && { expression: [expression] }),
  } as OutcomeIssue;
}

function outcome(issues: readonly OutcomeIssue[], isValid: boolean, language: Language, file?: string): string {
  const passed = { severity: 'success', code: 'success', details: { text: reportMessages[language].passed } };
  return JSON.stringify({
    resourceType: 'OperationOutcome',
    language,
    ...(file !== undefined && { extension: [{ url: `${extensionBase}file`, valueString: file }] }),
    issue: isValid ? [passed, ...issues] : issues,
  });
}

function oneOutcome(output: NodeJS.WriteStream, language: Language): Report {
  const all: OutcomeIssue[] = [];
  return {
    tell(file, findings) {
      for (const finding of findings) all.push(outcomeIssue(file, finding));
    },
    end: ({ invalid }) => void output.write(`${outcome(all, invalid === 0, language)}\n`),
  };
}

function outcomes(output: NodeJS.WriteStream, language: Language): Report {
  return {
    tell(file, findings) {
      const issues = findings.map((finding) => outcomeIssue(file, finding));
      output.write(`${outcome(issues, !findings.some(isError), language, file)}\n`);
    },
    end: () => undefined,
  };
}
