import { JsonSyntaxError, scanJson } from '@dhp/fhir-model';
import type { Issue } from '@dhp/fhir-validation';
import { openOffline } from '../../apps/dhp/src/validation/offline.ts';
import { nationalResources, skipNational } from '../../packages/fhir-validation/test/national.ts';
import type { Finding } from './finding.ts';

/** Our findings about a text, as the command line makes them. */
export type Ours = (text: string, profiles?: readonly string[]) => Finding[];

/** Opens our validator as `dhp validate` has it, with the national package where asked. */
export async function openOurs(isNational: boolean): Promise<Ours> {
  const resources = isNational && skipNational === false ? [...nationalResources()] : [];
  const packages =
    resources.length === 0
      ? []
      : [{ name: 'uz.dhp.core', version: '0.7.0', resources: resources.map((resource) => ({ resource })) }];
  const { validator } = await openOffline({
    packages: packages as unknown as Parameters<typeof openOffline>[0]['packages'],
    nationalRules: false,
    vitalSigns: true,
  });
  return (text, profiles = []) => {
    try {
      return validator.validateText(scanJson(text), profiles).map(finding);
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      return [{ severity: 'error', code: 'invalid', expression: '', id: 'text-not-readable' }];
    }
  };
}

function finding({ severity, code, expression, id, values }: Issue): Finding {
  const key = id === 'invariant' ? ` ${values['key']}` : '';
  return { severity, code, expression, id: id + key };
}
