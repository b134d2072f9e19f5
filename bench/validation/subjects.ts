/** The validated resources, and the validator of each. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { scanJson } from '@dhp/fhir-model';
import { packageOf, readTarball } from '@dhp/fhir-package';
import { openOffline } from '../../apps/dhp/src/validation/offline.ts';
import { clinicalTexts, nationalPatients } from './texts.ts';

export interface Subject {
  readonly name: string;
  readonly texts: readonly string[];
  readonly once: (text: string) => unknown;
  /** Least validations per CPU-second. */
  readonly bar?: number;
}

const nationalPackage = new URL('../../../shared/uz-core/uz.dhp.core-0.7.0.tgz', import.meta.url);

/** With base R5 and all built-in terminology, as a server does with a playground's policy. */
export async function clinicalSubjects(): Promise<Subject[]> {
  const { validator } = await openOffline({ packages: [], nationalRules: false, vitalSigns: false });
  const texts = clinicalTexts();
  return [
    { name: 'JSON.parse alone', texts, once: (text) => JSON.parse(text) as unknown },
    {
      ...{ name: 'clinical resources against R5', texts, bar: 10_000 },
      once: (text) => validator.validate(JSON.parse(text)),
    },
    {
      ...{ name: 'the same from text, with numbers and duplicate names', texts },
      once: (text) => validator.validateText(scanJson(text)),
    },
  ];
}

/** With the national profiles, value sets and rules; an empty list if the national package is not available. */
export async function nationalSubjects(): Promise<Subject[]> {
  if (!existsSync(nationalPackage)) return [];
  const content = packageOf(await readTarball(await readFile(nationalPackage)));
  const { validator } = await openOffline({ packages: [content], nationalRules: true, vitalSigns: false });
  const { brief, whole } = nationalPatients();
  const name = 'national patients with their profile';
  const once = (text: string): unknown => validator.validate(JSON.parse(text));
  return [
    { name: `${name}, in brief`, texts: brief, once, bar: 20_000 },
    { name: `${name}, whole`, texts: whole, once },
  ];
}
