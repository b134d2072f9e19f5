/**
 * The lines that get a token, read a Patient (or search, if no patient is known to exist) and create one, for a shell, JavaScript and
 * Python. They need no additional tools (no jq, no npm or pip package). Configured addresses are quoted for the language.
 */
import type { PortalOptions } from '../options.ts';
import { tokenEndpoint } from './addresses.ts';

export const exampleLanguages = ['curl', 'javascript', 'python'] as const;
export type ExampleLanguage = (typeof exampleLanguages)[number];

/** One piece a step; the pieces of a language work when they are run one after the other in one session or file. */
export interface Example {
  readonly name: string;
  readonly token: string;
  readonly read: string;
  readonly create: string;
}

/** The command that registers a client of the playground. */
export function registerCommand(clientName: string): string {
  return [
    `npx dhp client create --name ${shellQuote(clientName)} \\`,
    '  --grant client_credentials \\',
    "  --scope 'system/*.cruds' \\",
    '  --environment playground',
  ].join('\n');
}

export function examples({ urls, demo }: PortalOptions): Record<ExampleLanguage, Example> {
  const token = tokenEndpoint(urls.sso);
  const patients = `${urls.playground}/Patient`;
  const found = demo === undefined ? `${patients}?name=Karimova` : `${patients}/${demo.patientId}`;
  return {
    curl: curl(token, found, patients),
    javascript: javascript(token, found, patients),
    python: python(token, found, patients),
  };
}

function curl(token: string, found: string, patients: string): Example {
  return {
    name: 'curl',
    token: `CLIENT_ID='…'
CLIENT_SECRET='…'
TOKEN=$(curl -s ${shellQuote(token)} \\
  -d grant_type=client_credentials \\
  -d client_id="$CLIENT_ID" \\
  -d client_secret="$CLIENT_SECRET" |
  sed -n 's/.*"access_token": *"\\([^"]*\\)".*/\\1/p')`,
    read: `curl -s ${shellQuote(found)} \\
  -H "Authorization: Bearer $TOKEN"`,
    create: `curl -s -i ${shellQuote(patients)} \\
  -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/fhir+json' \\
  -d '{
    "resourceType": "Patient",
    "name": [{ "use": "official", "family": "Karimova", "given": ["Dilnoza"] }],
    "gender": "female",
    "birthDate": "1990-03-21"
  }'`,
  };
}

function javascript(token: string, found: string, patients: string): Example {
  return {
    name: 'JavaScript',
    token: `const clientId = '…';
const clientSecret = '…';

const answer = await fetch(${quote(token)}, {
  method: 'POST',
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  }),
});
const { access_token } = await answer.json();
const headers = { Authorization: \`Bearer \${access_token}\` };`,
    read: `const found = await fetch(${quote(found)}, { headers });
console.log(await found.json());`,
    create: `const created = await fetch(${quote(patients)}, {
  method: 'POST',
  headers: { ...headers, 'Content-Type': 'application/fhir+json' },
  body: JSON.stringify({
    resourceType: 'Patient',
    name: [{ use: 'official', family: 'Karimova', given: ['Dilnoza'] }],
    gender: 'female',
    birthDate: '1990-03-21',
  }),
});
console.log(created.status, created.headers.get('Location'));`,
  };
}

function python(token: string, found: string, patients: string): Example {
  return {
    name: 'Python',
    token: `import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

client_id = '…'
client_secret = '…'

form = urlencode({
    'grant_type': 'client_credentials',
    'client_id': client_id,
    'client_secret': client_secret,
})
with urlopen(${quote(token)}, form.encode()) as answer:
    access_token = json.load(answer)['access_token']
headers = {'Authorization': f'Bearer {access_token}'}`,
    read: `with urlopen(Request(${quote(found)}, headers=headers)) as answer:
    print(json.load(answer))`,
    create: `body = json.dumps({
    'resourceType': 'Patient',
    'name': [{'use': 'official', 'family': 'Karimova', 'given': ['Dilnoza']}],
    'gender': 'female',
    'birthDate': '1990-03-21',
})
headers['Content-Type'] = 'application/fhir+json'
with urlopen(Request(${quote(patients)}, body.encode(), headers)) as answer:
    print(answer.status, answer.headers['Location'])`,
  };
}

/** A word for a POSIX shell: unchanged if that is safe, otherwise in single quotes. */
function shellQuote(text: string): string {
  return /^[\w:/.@%+~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A string of JavaScript and Python alike. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
