/** A record in the form of the administration's input. */
import type { Identity } from '@dhp/accounts/rows';
import { InputError } from '@dhp/sso-kit/input';

/** @throws InputError that names the member */
export function identityIn(item: unknown, member: string): Identity {
  const { environment, reference } = (item ?? {}) as Record<string, unknown>;
  const [type = '', id = ''] = typeof reference === 'string' ? reference.split('/') : [];
  if (environment !== 'playground' && environment !== 'production') {
    throw new InputError(
      'invalid-value',
      `${member}: each has environment (playground or production) and reference (Patient/1)`,
    );
  }
  return { environment, type: type as Identity['type'], fhir_id: id };
}
