import { compile, FhirPathError } from '@dhp/fhirpath';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

const textLink = 'http://hl7.org/fhir/StructureDefinition/textLink';

/**
 * Checks the links between parts of a narrative and the data they are about. Both ends of each link must exist.
 * https://hl7.org/fhir/extensions/StructureDefinition-textLink.html
 */
export function checkTextLinks({ extension, div }: Json, run: Run): void {
  const links = listOf(extension).filter((one): one is Json => isObject(one) && one['url'] === textLink);
  if (links.length === 0) return;
  if (typeof div !== 'string') {
    run.report('text-link-without-div');
    return;
  }
  const ids = idsIn(div);
  for (const link of links) {
    run.spend(10);
    checkLink(link, ids, run);
  }
}

function checkLink({ extension }: Json, ids: ReadonlySet<string>, run: Run): void {
  const parts = listOf(extension).filter(isObject);
  for (const { url, valueString } of parts)
    if (url === 'htmlid' && typeof valueString === 'string' && !ids.has(valueString))
      run.report('text-link-id', { id: shown(valueString) });
  const data = parts.find(({ url }) => url === 'data')?.['valueUri'];
  if (data === undefined) run.report('text-link-without-data');
  else if (typeof data === 'string' && data.startsWith('#')) {
    const count = run.targets.idsIn(run.resource, run).get(data.slice(1));
    if (count === undefined) run.report('text-link-data', { data: shown(data) });
    else if (count > 1) run.report('text-link-data-several', { data: shown(data) });
  }
  const selector = parts.find(({ url }) => url === 'selector')?.['valueString'];
  const reason = typeof selector === 'string' ? faultIn(selector) : undefined;
  if (reason !== undefined) run.report('text-link-selector', { selector: shown(selector), reason });
}

function idsIn(div: string): ReadonlySet<string> {
  return new Set([...div.matchAll(/\sid\s*=\s*["']([^"']*)["']/g)].map(([, id]) => id!));
}

function faultIn(expression: string): string | undefined {
  try {
    compile(expression);
    return undefined;
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    return error.message;
  }
}
