/** The document of access policies of a command, and that in force. docs/access.md */
import { readFileSync } from 'node:fs';
import { faultText, lineOf, PolicyFaults, readPolicySet, type PolicySet } from '@dhp/access-policies';
import { resourceTypes } from '@dhp/fhir-model';
import { selectActivePolicies } from '@dhp/fhir-store/access-policies';
import type { Sql } from '@dhp/postgres';
import { UsageError, type Values } from '../cli.ts';
import { openContext, withDatabase } from '../context.ts';
import { spokenLanguage } from '../locale.ts';
import { progressOn, silent } from '../progress.ts';
import { results } from '../results.ts';
import { accessMessages } from '../texts/access.ts';
import { environmentOf, textOf } from './shared.ts';

const languages = ['uz', 'ru', 'en'] as const;
export const language = {
  type: 'string',
  value: 'LANGUAGE',
  help: 'of the faults: uz, ru or en; default that of the locale',
} as const;

/** Sentences in the language of the locale. */
export const said = () => accessMessages[spokenLanguage()];

export function work<Result>(values: Values, act: (sql: Sql) => Promise<Result>): Promise<Result> {
  const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
  return withDatabase(context, environmentOf(values), act);
}

/** The document of a file. @throws UsageError with its faults */
export async function readDocument(
  values: Values,
  file: string,
): Promise<{ readonly set: PolicySet; readonly text: string }> {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch {
    throw new UsageError(said().document.unreadable({ file }));
  }
  return { set: await checkedDocument(values, file, text), text };
}

/** @param name of the document, in the sentences on its faults. @throws UsageError with these */
export async function checkedDocument(values: Values, name: string, text: string): Promise<PolicySet> {
  const given = textOf(values, 'language') ?? spokenLanguage();
  const told = languages.find((one) => one === given);
  if (told === undefined) throw new UsageError(results().usage.language({ given }));
  // The search of the server is loaded by the commands alone that check criteria.
  const { checkMeans } = await import('@dhp/fhir');
  try {
    return readPolicySet(text, checkMeans);
  } catch (error) {
    if (!(error instanceof PolicyFaults)) throw error;
    const sentences = error.faults.map((fault) => `${name}:${String(lineOf(text, fault))}: ${faultText(fault, told)}`);
    throw new UsageError(sentences.join('\n'));
  }
}

/** The policies in force; undefined if there are none. */
export async function inForce(sql: Sql): Promise<PolicySet | undefined> {
  const { text } = await selectActivePolicies(sql);
  // It was checked when it was activated.
  return text === undefined ? undefined : readPolicySet(text, { types: resourceTypes, problemOf: () => undefined });
}

/** The purpose of use that a request states. @throws UsageError for one that no request can state */
export async function purposeOf(values: Values): Promise<string | undefined> {
  const purpose = textOf(values, 'purpose');
  if (purpose === undefined) return undefined;
  const { purposes = [] } = (await import('@dhp/fhir')).checkMeans;
  if (purposes.includes(purpose)) return purpose;
  throw new UsageError(said().purpose({ given: purpose, values: purposes.join(', ') }));
}
