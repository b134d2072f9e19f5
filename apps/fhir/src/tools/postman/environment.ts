/** The environment of the Postman collection: the addresses of this server, and variables for values that a client keeps. */
import type { FhirOptions } from '../../options.ts';

interface Variable {
  readonly key: string;
  readonly value: string;
  readonly type: 'default' | 'secret';
  readonly enabled: true;
}

/** https://learning.postman.com/docs/sending-requests/variables/managing-environments/ */
export function postmanEnvironment({
  environment,
  baseUrl,
  ssoEndpoints,
}: Pick<FhirOptions, 'environment' | 'baseUrl' | 'ssoEndpoints'>): object {
  return {
    name: `Digital Health Platform, ${environment}`,
    values: [
      variable('base', baseUrl),
      variable('tokenUrl', ssoEndpoints.token),
      variable('client_id', ''),
      variable('client_secret', '', 'secret'),
      variable('access_token', '', 'secret'),
    ],
    _postman_variable_scope: 'environment',
  };
}

function variable(key: string, value: string, type: Variable['type'] = 'default'): Variable {
  return { key, value, type, enabled: true };
}
