import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { added, inItem, inResource, listed, without, type Fault, type Faults } from './fault.ts';

const isText = (value: unknown): value is string => typeof value === 'string';
const hl7 = 'http://hl7.org/fhir/StructureDefinition/';

/** Faults of what a resource says of itself in `meta`. */
export const metaFaults: Faults = {
  'profile that nobody defined': inMeta({ profile: ['http://example.org/StructureDefinition/no-such'] }),
  'profile of another type': inMeta({ profile: [`${hl7}vitalsigns`] }),
  'profile that is relative': inMeta({ profile: ['no-such'] }),
  'profile twice': inMeta({ profile: [`${hl7}Patient`, `${hl7}Patient`] }),
  'tag without a system': inMeta({ tag: [{ code: 'x' }] }),
  'security label that is none': inMeta({
    security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'ZZ' }],
  }),
  'language that is none': inResource('*', (resource) => ({ ...resource, language: 'nolanguage-xx' })),
  'language other than that of the narrative': inResource('*', (resource) =>
    resource['text'] === undefined ? undefined : { ...resource, language: 'fr' },
  ),
  'rules that nobody can follow': inResource('*', (resource) => ({
    ...resource,
    implicitRules: 'http://example.org/rules',
  })),
};

function inMeta(more: object): Fault {
  return inResource('*', (resource) => ({
    ...resource,
    meta: { ...(resource['meta'] as object | undefined), ...more },
  }));
}

const entryFault = (change: (entry: Json) => Json | undefined): Fault =>
  inResource('Bundle', (bundle, random) => inItem(bundle, 'entry', random, change));

/** Faults of Bundles. */
export const bundleFaults: Faults = {
  'entry without a fullUrl': entryFault((entry) => (isText(entry['fullUrl']) ? without(entry, 'fullUrl') : undefined)),
  'entry with the fullUrl of another': entryFault((entry) =>
    entry['resource'] === undefined ? undefined : { ...entry, fullUrl: 'http://example.org/fhir/Patient/another' },
  ),
  'entry with a relative fullUrl': entryFault((entry) => ({ ...entry, fullUrl: 'Patient/1' })),
  'entry with a fullUrl that is a version': entryFault((entry) => ({
    ...entry,
    fullUrl: 'http://example.org/fhir/Patient/1/_history/1',
  })),
  'entry without a resource': entryFault((entry) => without(entry, 'resource')),
  'entry twice': inResource('Bundle', (bundle, random) => {
    const entries = listed(bundle, 'entry');
    return entries.length === 0 ? undefined : added(bundle, 'entry', random.pick(entries));
  }),
  'entry with a request': entryFault((entry) => ({ ...entry, request: { method: 'GET', url: 'Patient' } })),
  'entry without a request': entryFault((entry) =>
    entry['request'] === undefined ? undefined : without(entry, 'request'),
  ),
  'entry with a response': entryFault((entry) => ({ ...entry, response: { status: '200' } })),
  'entry with a search': entryFault((entry) => ({ ...entry, search: { mode: 'match' } })),
  'request with a bad method': entryFault((entry) =>
    entry['request'] === undefined
      ? undefined
      : { ...entry, request: { ...(entry['request'] as Json), method: 'FETCH' } },
  ),
  'total of a Bundle that has none': inResource('Bundle', (bundle) => ({ ...bundle, total: 1000 })),
  'first entry at the end': inResource('Bundle', (bundle) => {
    const [first, ...rest] = listed(bundle, 'entry');
    return first === undefined || rest.length === 0 ? undefined : { ...bundle, entry: [...rest, first] };
  }),
  'entry of a document left out': inResource('Bundle', (bundle, random) => {
    const entries = listed(bundle, 'entry');
    if (entries.length < 2) return undefined;
    const at = 1 + random.below(entries.length - 1);
    return { ...bundle, entry: entries.filter((_entry, i) => i !== at) };
  }),
  'document without an identifier': inResource('Bundle', (bundle) => without(bundle, 'identifier', 'timestamp')),
  'link twice': inResource('Bundle', (bundle) =>
    added(
      bundle,
      'link',
      { relation: 'self', url: 'http://example.org' },
      { relation: 'self', url: 'http://example.org/2' },
    ),
  ),
  ...Object.fromEntries(
    'document message transaction transaction-response batch batch-response history searchset collection subscription-notification'
      .split(' ')
      .map((type) => [
        `Bundle as ${type}`,
        inResource('Bundle', (bundle) => (bundle['type'] === type ? undefined : { ...bundle, type })),
      ]),
  ),
};
