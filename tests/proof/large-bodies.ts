/** Bodies of any size, of the kinds that are large in practice. */

export interface LargeBody {
  readonly name: string;
  /** Below the base URL of the server. */
  readonly path: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

const json = 'application/fhir+json';

/** One of each kind, whose JSON has about this many bytes. */
export function largeBodies(size: number): readonly LargeBody[] {
  return [
    {
      name: 'QuestionnaireResponse',
      path: '/QuestionnaireResponse',
      contentType: json,
      bytes: repeated(size, questionnaireResponse, '"item":', item),
    },
    {
      name: 'Bundle (collection)',
      path: '/Bundle',
      contentType: json,
      bytes: repeated(size, collection, '"entry":', member),
    },
    {
      name: 'Bundle (transaction)',
      path: '',
      contentType: json,
      bytes: repeated(size, transaction, '"entry":', write),
    },
    // A server keeps it as base64, four characters for three bytes.
    {
      name: 'Binary',
      path: '/Binary',
      contentType: 'application/pdf',
      bytes: Buffer.alloc(Math.floor((size * 3) / 4), 'dhp'),
    },
  ];
}

/** The JSON of `head` with an array as its last member, of as many parts as the size has room for. */
function repeated(size: number, head: object, member: string, part: (n: number) => object): Buffer {
  const start = `${JSON.stringify(head).slice(0, -1)},${member}[`;
  const parts: string[] = [];
  let length = start.length + 2;
  for (let n = 0; length < size; n += 1) {
    const text = JSON.stringify(part(n));
    parts.push(text);
    length += text.length + 1;
  }
  return Buffer.from(`${start}${parts.join(',')}]}`);
}

const questionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  questionnaire: 'https://example.uz/Questionnaire/long',
  status: 'completed',
  authored: '2026-11-28T09:30:00+05:00',
};
const collection = { resourceType: 'Bundle', type: 'collection' };
const transaction = { resourceType: 'Bundle', type: 'transaction' };

function item(n: number): object {
  return { linkId: `${n}`, text: `Question ${n}`, answer: [{ valueString: `Answer ${n}: ${'yes '.repeat(10)}` }] };
}

function member(n: number): object {
  return { fullUrl: `https://example.uz/fhir/Patient/${n}`, resource: patient(n, { id: `${n}` }) };
}

/** An answered questionnaire of some 30 kB. */
function write(n: number): object {
  const items = Array.from({ length: 200 }, (_, index) => item(1_000 * n + index));
  return {
    resource: { ...questionnaireResponse, item: items },
    request: { method: 'POST', url: 'QuestionnaireResponse' },
  };
}

function patient(n: number, more: object): object {
  return {
    ...{ resourceType: 'Patient', ...more, active: true, gender: n % 2 === 0 ? 'female' : 'male' },
    identifier: [{ system: 'https://example.uz/records', value: `r${n}` }],
    name: [{ family: `Karimov${n}`, given: ['Aziz', 'Anvar'] }],
    birthDate: '1980-05-17',
    address: [{ text: `Toshkent, Navoiy ko‘chasi ${n}`, city: 'Toshkent', country: 'UZ' }],
  };
}
