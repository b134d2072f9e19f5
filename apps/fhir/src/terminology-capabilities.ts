import packageJson from '../package.json' with { type: 'json' };
import { terminologyCapabilities } from '@dhp/fhir-terminology';
import type { Statement } from './contract/interaction.ts';
import { expandInput } from './operations/terminology/input-parameters.ts';
import type { FhirOptions } from './options.ts';
import { software } from './software.ts';

/**
 * The TerminologyCapabilities (https://hl7.org/fhir/R5/terminologycapabilities.html), with every code system that is known when it
 * is requested; made again when what is stored has changed. Rejects with StoreUnavailable.
 * @param date when the server has started
 */
export function terminologyStatement(
  {
    store,
    baseUrl,
    environment,
    flatExpansions = false,
  }: Pick<FhirOptions, 'store' | 'baseUrl' | 'environment' | 'flatExpansions'>,
  date: string,
  statementOf: (resource: object) => Statement,
): () => Promise<Statement> {
  const parameters = expandInput.map(({ name }) => name).sort();
  let made: { revision: number; statement: Statement } | undefined;
  const server = {
    url: `${baseUrl}/metadata?mode=terminology`,
    version: packageJson.version,
    name: 'DigitalHealthPlatformTerminology',
    title: `Digital Health Platform, terminology, ${environment}`,
    experimental: environment === 'playground',
    date,
    software,
    implementation: { description: `Digital Health Platform, ${environment}`, url: baseUrl },
  };
  return async () => {
    const found = await store.terminology.ask(({ terminology, revision }) => {
      if (made?.revision === revision) return made;
      return { revision, resource: terminologyCapabilities(server, terminology.source, parameters, !flatExpansions) };
    });
    if ('resource' in found) made = { revision: found.revision, statement: statementOf(found.resource) };
    return made!.statement;
  };
}
