/**
 * A Postman collection (v2.1) whose requests run in sequence, starting with the token.
 * https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html
 */
import packageJson from '../../../package.json' with { type: 'json' };
import type { FhirOptions } from '../../options.ts';
import { examples, type Example } from './examples.ts';

export function postmanCollection({ environment, baseUrl }: Pick<FhirOptions, 'environment' | 'baseUrl'>): object {
  return {
    info: {
      name: `Digital Health Platform, FHIR R5, ${environment}`,
      description:
        `Requests to ${baseUrl} that run from the first to the last. Import ${baseUrl}/postman_environment.json too, choose it, and put in client_id and ` +
        'client_secret of a client of the playground with the scope system/*.cruds. All that the requests make they delete.',
      version: packageJson.version,
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{access_token}}', type: 'string' }] },
    item: [tokenItem, ...examples.map(itemOf)],
  };
}

const tokenItem = {
  name: 'Get a token',
  event: [
    script([
      "pm.test('status 200', () => pm.response.to.have.status(200));",
      "pm.environment.set('access_token', pm.response.json().access_token);",
      "pm.environment.set('run', pm.variables.replaceIn('{{$guid}}'));",
    ]),
  ],
  request: {
    description:
      'client_credentials (RFC 6749 section 4.4). The token is good for an hour; every other request sends it.',
    auth: { type: 'noauth' },
    method: 'POST',
    header: [],
    body: {
      mode: 'urlencoded',
      urlencoded: [
        { key: 'grant_type', value: 'client_credentials' },
        { key: 'client_id', value: '{{client_id}}' },
        { key: 'client_secret', value: '{{client_secret}}' },
      ],
    },
    url: { raw: '{{tokenUrl}}', host: ['{{tokenUrl}}'] },
  },
};

function itemOf({ name, about, method, path, headers = {}, body, status, then = [] }: Example): object {
  return {
    name,
    event: [script([`pm.test('status ${status}', () => pm.response.to.have.status(${status}));`, ...then])],
    request: {
      description: about,
      method,
      header: Object.entries({ Accept: 'application/fhir+json', 'Accept-Language': 'en', ...headers }).map(
        ([key, value]) => ({
          key,
          value,
        }),
      ),
      ...(body !== undefined && {
        body: { mode: 'raw', raw: JSON.stringify(body, null, 2), options: { raw: { language: 'json' } } },
      }),
      url: urlOf(path),
    },
  };
}

function urlOf(path: string): object {
  const [address = '', query] = path.split('?');
  return {
    raw: `{{base}}${path}`,
    host: ['{{base}}'],
    path: address.split('/').slice(1),
    ...(query !== undefined && {
      query: query.split('&').map((pair) => {
        const [key, ...value] = pair.split('=');
        return { key, value: value.join('=') };
      }),
    }),
  };
}

function script(exec: readonly string[]): object {
  return { listen: 'test', script: { type: 'text/javascript', exec } };
}
