/** `dhp terminology import`: code systems that a country licenses itself, from the files that their publishers release. */
import { operatingSystemUser } from '@dhp/sso-kit';
import { UsageError, type Command } from '../cli.ts';
import { openContext } from '../context.ts';
import { environmentOf, environmentOption, withEnvironment, withStore } from '../environment.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { packageMessages } from '../texts/package.ts';
import { progressOn, silent } from '../progress.ts';

export const terminologyImportCommand: Command = {
  name: 'terminology import',
  summary: 'Import a code system from its release: ICD-10, ICD-11, LOINC, SNOMED CT',
  argument: 'KIND PATH',
  options: {
    environment: environmentOption,
    release: { type: 'string', value: 'VERSION', help: 'the version, where the files do not say it' },
    languages: {
      type: 'string',
      list: ',',
      value: 'LIST',
      help: 'designations in these languages alone, such as ru,uz',
    },
    edition: { type: 'string', value: 'MODULE', help: 'SNOMED CT: the module of a national edition' },
    inactive: { type: 'boolean', help: 'SNOMED CT: the inactive concepts too' },
    json: { type: 'boolean', help: 'print one JSON object' },
  },
  examples: [
    'dhp terminology import icd-10 ./icd102019en.xml.zip',
    'dhp terminology import icd-10 ./mkb10.csv --release 2019',
    'dhp terminology import icd-11 ./SimpleTabulation-ICD-11-MMS-en.zip',
    'dhp terminology import loinc ./Loinc_2.80.zip --languages ru',
    'dhp terminology import snomed ./SnomedCT_InternationalRF2_PRODUCTION_20250101T120000Z.zip --languages en',
  ],
  run: async (values, kind, path) => {
    const { isReleaseKind, releaseKinds } = await import('@dhp/terminology-release');
    const said = packageMessages[spokenLanguage()].terminology;
    if (!isReleaseKind(kind)) throw new UsageError(said.kind({ kind, kinds: releaseKinds.join(', ') }));
    const environment = environmentOf(values);
    const text = (name: string): string | undefined => {
      const value = values[name];
      return typeof value === 'string' ? value : undefined;
    };
    const options = {
      version: text('release'),
      languages: text('languages')
        ?.split(/[\s,]+/)
        .filter((tag) => tag !== ''),
      edition: text('edition'),
      ...(values['inactive'] === true && { inactive: true }),
    };
    const context = openContext(values['json'] === true ? silent : progressOn(process.stderr));
    const { readReleaseAt, storeSystem } = await import('../terminology/import-release.ts');
    const system = await readReleaseAt(kind, path, options, context.progress);
    const by = { progress: context.progress, by: operatingSystemUser() };
    const report = await withEnvironment(context, environment, (url) =>
      withStore(context, environment, url, (store) => storeSystem(system, store, by)),
    );
    if (values['json']) {
      process.stdout.write(`${JSON.stringify({ environment, ...report })}\n`);
      return 0;
    }
    const { id, url, version, concepts, outcome, notes } = report;
    const told = outcome === 'unchanged' ? said.isThere : said.isImported;
    process.stdout.write(`${told({ system: `${url}|${version}`, concepts: grouped(concepts), id })}\n`);
    for (const note of notes) process.stderr.write(`${note}\n`);
    return 0;
  },
};
