/** How answers are shown: formats, `_pretty`, `_summary`, `_elements`, compression, languages. */
import type { Script } from '../session.ts';

const accepts = [
  ...[
    'application/fhir+json',
    'application/fhir+xml',
    'application/json',
    'application/xml',
    'text/xml',
    '*/*',
    'application/*',
  ],
  ...['text/html', 'text/html,application/xhtml+xml,*/*;q=0.8', 'image/png', 'application/fhir+json; fhirVersion=5.0'],
  ...[
    'application/fhir+json; fhirVersion=4.0',
    'application/fhir+xml;q=0.9, application/fhir+json;q=0.1',
    '*/*;q=0',
    ',,,',
    'x',
  ],
];
const encodings = ['gzip', 'br', 'zstd', 'deflate', 'gzip;q=0, br', 'identity', '*', 'x', 'gzip, br;q=0.5'];
const languages = ['uz', 'ru', 'en', 'uz-Cyrl', 'uz-Latn', 'de', 'ru-RU, ru;q=0.9, en;q=0.1', '*', ''];
const queries = [
  ...[
    '_format=json',
    '_format=xml',
    '_format=application/fhir%2Bxml',
    '_format=ttl',
    '_format=',
    '_pretty=true',
    '_pretty=false',
    '_pretty=x',
  ],
  ...[
    '_summary=true',
    '_summary=text',
    '_summary=data',
    '_summary=count',
    '_summary=false',
    '_summary=x',
    '_elements=id',
    '_elements=name,code',
  ],
  ...['_elements=Patient.name', '_elements=', '_elements=x', '_elements=name.family', '_summary=true&_elements=name'],
];
const paths = [
  ...[
    '/Patient/p1',
    '/Patient/p2',
    '/Observation/o1',
    '/Encounter/e3',
    '/Patient/none',
    '/Nothing/x',
    '/Binary/picture',
    '/Composition/summary',
  ],
  ...[
    '/Patient',
    '/Observation?_count=5',
    '/Patient?_include=*',
    '/Patient/p1/_history',
    '/Patient/p1/_history/1',
    '/metadata',
    '/Patient/p1/$everything',
  ],
  ...[
    '/ValueSet/laboratory',
    '/CodeSystem/codes',
    '/Location/l1',
    '/Patient?birthdate=x',
    '/Patient/p1/$meta',
    '/Observation/_history?_count=4',
  ],
];

export function presentation(share: number): Script {
  return {
    kind: 'presentation',
    share,
    async run(session) {
      const { random } = session;
      while (session.left > 0) {
        const path = random.pick(paths);
        const query = random.oneIn(2) ? `${path.includes('?') ? '&' : '?'}${random.pick(queries)}` : '';
        const headers = {
          ...(random.oneIn(2) && { accept: random.pick(accepts) }),
          ...(random.oneIn(3) && { 'accept-encoding': random.pick(encodings) }),
          ...(random.oneIn(2) && { 'accept-language': random.pick(languages) }),
        };
        await session.send({ method: random.oneIn(10) ? 'HEAD' : 'GET', path: path + query, headers });
      }
    },
  };
}
