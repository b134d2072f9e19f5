/** Operations of terminology, by GET and by POST, on types and on instances. */
import type { Random } from '../../random.ts';
import type { Sent } from '../entry.ts';
import type { Script } from '../session.ts';
import { codes, fhirJson, valueSet } from './world.ts';

const gender = 'http://hl7.org/fhir/administrative-gender';
const systems = [
  codes,
  codes,
  gender,
  'http://hl7.org/fhir/observation-status',
  'urn:iso:std:iso:3166',
  'http://unitsofmeasure.org',
  'urn:ietf:bcp:47',
  'http://example.org/none',
];
const someCodes = ['lab', 'vital', 'observation', 'yes', 'female', 'final', 'UZ', 'mg', 'uz-Latn-UZ', 'x', ''];
const sets = [
  valueSet,
  `${valueSet}|1.0.0`,
  `${valueSet}|2`,
  'http://hl7.org/fhir/ValueSet/administrative-gender',
  'http://hl7.org/fhir/ValueSet/observation-status',
  'http://hl7.org/fhir/ValueSet/languages',
  'http://hl7.org/fhir/ValueSet/none',
  '',
];

type Question = readonly [path: string, parameters: Readonly<Record<string, string>>];

function question(random: Random): Question {
  const [system, code, url] = [random.pick(systems), random.pick(someCodes), random.pick(sets)];
  const displayLanguage = random.pick(['uz', 'ru', 'en', 'de']);
  const some = <T extends object>(more: T): T | object => (random.oneIn(3) ? more : {});
  switch (random.below(8)) {
    case 0:
      return ['/CodeSystem/$lookup', { system, code, ...some({ displayLanguage }), ...some({ property: 'parent' }) }];
    case 1:
      return [
        '/CodeSystem/$validate-code',
        { url: system, code, ...some({ display: 'Laboratory' }), ...some({ displayLanguage }) },
      ];
    case 2:
      return [
        '/ValueSet/$validate-code',
        { url, system, code, ...some({ display: 'x' }), ...some({ inferSystem: 'true' }) },
      ];
    case 3:
      return ['/CodeSystem/$subsumes', { system, codeA: code, codeB: random.pick(someCodes) }];
    case 4:
      return [
        '/ValueSet/$expand',
        {
          url,
          ...some({ filter: random.pick(['l', 'fe', 'zz']) }),
          ...some({ count: random.pick(['0', '2', 'x']) }),
          ...some({ offset: '1' }),
          ...some({ displayLanguage }),
          ...some({ includeDesignations: 'true' }),
          ...some({ activeOnly: 'true' }),
        },
      ];
    case 5:
      return [
        '/ConceptMap/$translate',
        {
          ...some({ url: 'https://example.org/answers' }),
          system,
          sourceCode: code,
          ...some({ targetSystem: 'http://terminology.hl7.org/CodeSystem/v2-0136' }),
        },
      ];
    case 6:
      return [
        random.pick([
          '/ValueSet/laboratory/$expand',
          '/ValueSet/none/$expand',
          '/ValueSet/laboratory/$validate-code',
          '/CodeSystem/codes/$validate-code',
        ]),
        { code, ...some({ system }) },
      ];
    default:
      return [
        '/$closure',
        { name: random.pick(['table', 'other', '']), ...some({ version: random.pick(['0', '1', 'x']) }) },
      ];
  }
}

const names: Readonly<Record<string, string>> = {
  ...{
    system: 'valueUri',
    url: 'valueUri',
    code: 'valueCode',
    codeA: 'valueCode',
    codeB: 'valueCode',
    sourceCode: 'valueCode',
  },
  ...{
    count: 'valueInteger',
    offset: 'valueInteger',
    targetSystem: 'valueUri',
    property: 'valueCode',
    displayLanguage: 'valueCode',
  },
  ...{ inferSystem: 'valueBoolean', activeOnly: 'valueBoolean', includeDesignations: 'valueBoolean' },
};

function asPost([path, parameters]: Question, random: Random): Sent {
  const parameter: object[] = Object.entries(parameters).map(([name, text]) => {
    const member = names[name] ?? 'valueString';
    const value = member === 'valueInteger' ? Number(text) : member === 'valueBoolean' ? text === 'true' : text;
    return { name, [member]: value };
  });
  if (path === '/$closure' && random.oneIn(2))
    parameter.push({ name: 'concept', valueCoding: { system: codes, code: random.pick(someCodes) } });
  if (random.oneIn(6))
    parameter.push({
      name: 'tx-resource',
      resource: {
        resourceType: 'CodeSystem',
        url: 'http://example.org/none',
        status: 'draft',
        content: 'complete',
        concept: [{ code: 'x' }],
      },
    });
  return { method: 'POST', path, headers: fhirJson, body: JSON.stringify({ resourceType: 'Parameters', parameter }) };
}

export function terminology(share: number): Script {
  return {
    kind: 'terminology',
    share,
    async run(session) {
      const { random } = session;
      while (session.left > 0) {
        const asked = question(random);
        const [path, parameters] = asked;
        const sent = random.oneIn(2)
          ? asPost(asked, random)
          : { method: 'GET', path: `${path}?${String(new URLSearchParams(parameters))}` };
        const headers = {
          ...('headers' in sent ? sent.headers : {}),
          'accept-language': random.pick(['en', 'uz', 'ru']),
        };
        await session.send({ ...sent, headers });
      }
    },
  };
}
