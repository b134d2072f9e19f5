import { elementsOf } from '@dhp/fhir-model';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

const standardsStatus = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status';

/** The allowed publication statuses by standards status. */
const statuses: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({
    draft: ['draft'],
    normative: ['active'],
    'trial-use': ['draft', 'active'],
    informative: ['draft', 'active', 'retired'],
    deprecated: ['retired'],
    withdrawn: ['retired'],
    external: ['draft', 'active', 'retired'],
  }),
);

/** Checks the url, the version and the status of a definition. https://hl7.org/fhir/R5/canonicalresource.html */
export function checkCanonicalResource(resource: Json, type: string, run: Run): void {
  const { url, version, status, extension } = resource;
  if (typeof url === 'string') checkUrl(url, run);
  if (!isDefinition(type)) return;
  if (typeof version === 'string' && version.includes('#'))
    run.report('canonical-version-hash', { version: shown(version) });
  if (extension !== undefined && typeof status === 'string') checkStatus(status, listOf(extension), run);
}

/** Whether a type is a definition, which others reference by url and version. */
const isDefinition = (type: string): boolean => elementsOf(type)?.has('url') === true;

/** The url of a definition must be absolute, because others reference it by it. */
function checkUrl(url: string, run: Run): void {
  if (url.trim() === '' || /^[A-Za-z][A-Za-z0-9+.-]*:./.test(url)) return;
  run.enter('url', -1);
  run.report('canonical-relative', { value: shown(url) });
  run.leave();
}

/** https://hl7.org/fhir/extensions/StructureDefinition-structuredefinition-standards-status.html */
function checkStatus(status: string, extensions: readonly unknown[], run: Run): void {
  const stated = extensions.find((one): one is Json => isObject(one) && one['url'] === standardsStatus)?.['valueCode'];
  const allowed = typeof stated === 'string' ? statuses.get(stated) : undefined;
  if (allowed !== undefined && !allowed.includes(status))
    run.report('status-inconsistent', {
      status: shown(status),
      standard: stated as string,
      allowed: allowed.join(', '),
    });
}
