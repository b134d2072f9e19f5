/** `$versions`: which versions of FHIR this server speaks. https://hl7.org/fhir/R5/capabilitystatement-operation-versions.html */
import { acceptedPlainFormat } from '../http/accept.ts';
import { json } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { headerOf, type Call, type Services } from '../contract/interaction.ts';
import type { Operation } from './operation.ts';

/** As `major.minor`. */
const supported = '5.0';

const parameters = JSON.stringify({
  resourceType: 'Parameters',
  parameter: [
    { name: 'version', valueCode: supported },
    { name: 'default', valueCode: supported },
  ],
});

/** Answers for a client that does not know a version of FHIR yet and asks by a general media type; they are not resources. */
const plain = {
  json: { type: 'application/json', body: JSON.stringify({ versions: [supported], default: supported }) },
  xml: {
    type: 'application/xml',
    body: `<versions><version>${supported}</version><default>${supported}</default></versions>`,
  },
} as const;

function versions(_: Services, call: Call): Promise<Answer> {
  const headers = { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' };
  const format = plainFormatOf(call);
  if (format === undefined) return Promise.resolve(json(parameters, headers));
  const { type, body } = plain[format];
  return Promise.resolve({ status: 200, headers: { ...headers, 'content-type': `${type}; charset=utf-8` }, body });
}

/** `_format` takes precedence over Accept; its short names mean FHIR's own types. */
function plainFormatOf(call: Call): 'json' | 'xml' | undefined {
  const { _format: given } = call.query;
  if (typeof given === 'string')
    return given.includes('/') ? acceptedPlainFormat(given.replaceAll(' ', '+')) : undefined;
  return acceptedPlainFormat(headerOf(call, 'accept') ?? '');
}

export const versionsOperation: Operation = {
  id: 'CapabilityStatement-versions',
  code: 'versions',
  title: 'The versions of FHIR that the server speaks',
  description:
    'As Parameters; as {"versions":[…],"default":…} for a client that accepts application/json. Needs no token, and passes over parameters that it does not know.',
  affectsState: false,
  levels: ['system'],
  types: ['CapabilityStatement'],
  permission: 'public',
  ignores: 'all',
  parameters: [
    { name: 'version', use: 'out', min: 1, max: '*', type: 'code', documentation: 'A version, as major.minor.' },
    {
      name: 'default',
      use: 'out',
      min: 1,
      max: '1',
      type: 'code',
      documentation: 'The version that a request without the parameter fhirVersion in its media type is taken for.',
    },
  ],
  run: versions,
};
