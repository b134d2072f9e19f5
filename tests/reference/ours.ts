import { JsonSyntaxError, scanJson } from '@dhp/fhir-model';
import type { Issue } from '@dhp/fhir-validation';
import { XmlFault, xmlToJson } from '@dhp/fhir-xml';
import { codeOf } from '../../apps/dhp/src/validation/findings.ts';
import { openOffline } from '../../apps/dhp/src/validation/offline.ts';
import { nationalResources, skipNational } from '../../packages/fhir-validation/test/national.ts';
import type { Json } from '../../packages/fhir-validation/test/published.ts';
import type { Finding } from './finding.ts';
import { grownDefinitions } from './grown/index.ts';
import type { Beside } from './oracle.ts';
import { provokedDefinitions } from './provoked/index.ts';
import { shapedDefinitions } from './shaped/index.ts';

/** Our findings about a text, as the command line makes them. */
export type Ours = (text: string, profiles?: readonly string[]) => Finding[];

/** Opens our validator as `dhp validate` has it, with what is beside R5. */
export async function openOurs(beside: Beside): Promise<Ours> {
  const resources = resourcesOf(beside);
  const packages =
    resources.length === 0
      ? []
      : [{ name: 'beside', version: '1.0.0', resources: resources.map((resource) => ({ resource })) }];
  const { validator } = await openOffline({
    packages: packages as unknown as Parameters<typeof openOffline>[0]['packages'],
    nationalRules: false,
    vitalSigns: true,
  });
  return (text, profiles = []) => {
    const faults: XmlFault[] = [];
    const isXml = /^\ufeff?\s*</.test(text);
    try {
      const json = isXml ? xmlToJson(text, { onFault: (fault) => faults.push(fault) }) : text;
      const found = validator.validateText(scanJson(json), profiles).map(finding);
      return [...faults.map((one) => ofXml(one, text)), ...(isXml ? found.map(placedInXml) : found)];
    } catch (error) {
      // A resource that cannot be read has no elements.
      if (error instanceof XmlFault) return [...faults, error].map((one) => ofXml(one, text));
      if (!(error instanceof JsonSyntaxError)) throw error;
      // A name that stands twice is told of its object; what cannot be read has no elements.
      const expression = error.kind === 'duplicate-key' ? error.path.replace(/\.[^.]*$/, '') : 'Resource';
      return [{ severity: 'error', code: 'invalid', expression, id: 'text-not-readable' }];
    }
  };
}

/** A fault of XML, at the place that the reference tells: an XPath without numbers, where it is one of elements. */
function ofXml({ kind, path, message }: XmlFault, text: string): Finding {
  return {
    severity: 'error',
    code: codeOf(kind, path),
    expression: placeOf(kind, path, message, text),
    id: `xml-${kind}`,
  };
}

function placeOf(kind: XmlFault['kind'], path: string, message: string, text: string): string {
  if (message.startsWith('the encoding')) return 'XML';
  if (message.startsWith('a processing instruction') && path === '') return '(document)';
  // Of a root that is no resource the name.
  if (path === '' && (kind === 'unknown' || kind === 'namespace')) return /<([A-Za-z]\w*)/.exec(text)?.[1] ?? '';
  if (kind === 'malformed' || kind === 'limit' || path === '') return '(xml)';
  if (kind === 'order' || kind === 'repeated' || (kind === 'namespace' && path.endsWith('.text.div'))) return path;
  const steps = path.replaceAll(/\[\d+\]/g, '').split('.');
  const last = kind === 'namespace' ? steps.pop() : undefined;
  return steps.map((step) => `/f:${step}`).join('') + (last === undefined ? '' : `/?:${last}`);
}

/** An element with nothing in it is told at its place in XML. */
function placedInXml(one: Finding): Finding {
  if (one.id !== 'object-empty') return one;
  const names = one.expression
    .replaceAll(/\[\d+\]/g, '')
    .replaceAll(/\.ofType\((\w)/g, (_all, first: string) => first.toUpperCase());
  return { ...one, expression: names.replaceAll(')', '').replaceAll(/(?:^|\.)/g, '/f:') };
}

function finding({ severity, code, expression, id, values }: Issue): Finding {
  const key = id === 'invariant' ? ` ${values['key']}` : '';
  return { severity, code, expression, id: id + key };
}

function resourcesOf(beside: Beside): readonly Json[] {
  // The reference reads no measures of packages.
  if (beside === 'provoked') return provokedDefinitions.filter(({ resourceType }) => resourceType !== 'Measure');
  if (typeof beside !== 'string') return beside;
  if (beside === 'grown') return grownDefinitions;
  if (beside === 'shaped') return shapedDefinitions;
  return beside === 'national' && skipNational === false ? [...nationalResources()] : [];
}
