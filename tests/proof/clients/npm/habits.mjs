/** Requests in the form in which clients send them that cannot be installed here: what they put into headers, queries and forms of their own accord. */
import { request as send } from 'node:http';
import { check, ground, tableOf } from './table.mjs';

const { issuer, fhir, backend, mobile } = ground;
const call = tableOf('habits of others', 'as sent');
const form = (fields) => new URLSearchParams(fields).toString();
const formType = { 'content-type': 'application/x-www-form-urlencoded' };

/** Sends exactly these headers; `fetch` has its own. */
function ask(method, address, headers = {}, body = undefined) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const request = send(address, { method, headers: { ...length, ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Fails unless the answer is a success, with all that a caller is told. */
async function succeeds(...words) {
  const { status, text, headers } = await ask(...words);
  if (status >= 400) throw new Error(`${status} ${text.slice(0, 900)}`);
  return { status, text, headers };
}

const token = JSON.parse(
  (await ask('POST', `${issuer}/oauth/token`, formType, form({ grant_type: 'client_credentials', ...backend }))).text,
).access_token;
const authorization = `Bearer ${token}`;
let serial = 0;
const patient = () => {
  serial += 1;
  return {
    resourceType: 'Patient',
    identifier: [{ system: 'urn:habits', value: `${Date.now()}-${serial}` }],
    name: [{ family: 'Karimova' }],
    gender: 'female',
  };
};
const made = JSON.parse(
  (
    await succeeds(
      'POST',
      `${fhir}/Patient`,
      { authorization, 'content-type': 'application/fhir+json' },
      JSON.stringify(patient()),
    )
  ).text,
);
const one = `${fhir}/Patient/${made.id}`;

for (const [name, accept] of [
  ['HttpURLConnection of Java', 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'],
  ['Angular, axios', 'application/json, text/plain, */*'],
  [
    'older HAPI',
    'application/fhir+xml;q=1.0, application/fhir+json;q=1.0, application/xml+fhir;q=0.9, application/json+fhir;q=0.9',
  ],
  ['Firely .NET SDK', 'application/fhir+json; fhirVersion=5.0'],
  ['jQuery', 'application/json, text/javascript, */*; q=0.01'],
  ['RestSharp', 'application/json, text/json, text/x-json, text/javascript, application/xml, text/xml'],
  ['httpie', 'application/json, */*;q=0.5'],
  ['a star alone', '*'],
  ['nothing in Accept', ''],
  ['a charset', 'application/fhir+json; charset=utf-8'],
  ['a comma at the end', 'application/fhir+json,'],
  ['capital letters', 'Application/FHIR+JSON'],
  ['a media type of DSTU2', 'application/json+fhir'],
])
  await call(`read: Accept of ${name}`, () => succeeds('GET', one, { authorization, accept }).then(() => undefined));

for (const [name, contentType] of [
  ['Firely .NET SDK', 'application/fhir+json; charset=utf-8; fhirVersion=5.0'],
  ['HttpClient of .NET', 'application/json; charset=utf-8'],
  ['a charset in quotes', 'application/fhir+json; charset="UTF-8"'],
  ['text/json', 'text/json'],
  ['a semicolon at the end', 'application/fhir+json;'],
  ['the media type of DSTU2', 'application/json+fhir'],
  ['a text, as fetch has it', 'text/plain;charset=UTF-8'],
  ['a form, as curl -d has it', 'application/x-www-form-urlencoded'],
])
  await call(`create: Content-Type of ${name}`, () =>
    succeeds('POST', `${fhir}/Patient`, { authorization, 'content-type': contentType }, JSON.stringify(patient())).then(
      () => undefined,
    ),
  );

for (const [name, words] of [
  ['GET with Content-Type', ['GET', one, { 'content-type': 'application/json' }]],
  [
    'GET with Content-Type and an empty body',
    ['GET', one, { 'content-type': 'application/json', 'content-length': '0' }],
  ],
  ['GET with {} as its body', ['GET', one, { 'content-type': 'application/json' }, '{}']],
  ['HEAD', ['HEAD', one]],
  [
    'fhir_client of Ruby',
    [
      'GET',
      one,
      {
        accept: 'application/fhir+json',
        'accept-charset': 'utf-8',
        format: 'application/fhir+json',
        resource: 'Patient',
        id: made.id,
      },
    ],
  ],
  [
    'upgrade to HTTP/2 of Java',
    [
      'GET',
      one,
      {
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
      },
    ],
  ],
  [
    'Postman',
    [
      'GET',
      one,
      { 'postman-token': 'x', 'cache-control': 'no-cache', accept: '*/*', 'accept-encoding': 'gzip, deflate, br' },
    ],
  ],
  ['LWP of Perl', ['GET', one, { te: 'deflate,gzip;q=0.3', connection: 'TE, close' }]],
  ['bearer in small letters', ['GET', one, { authorization: `bearer ${token}` }]],
  ['two spaces behind Bearer', ['GET', one, { authorization: `Bearer  ${token}` }]],
  ['Prefer: respond-async', ['GET', `${fhir}/Patient?_count=1`, { prefer: 'respond-async' }]],
  [
    'Prefer: return=representation, handling=strict',
    ['GET', `${fhir}/Patient?_count=1`, { prefer: 'return=representation, handling=strict' }],
  ],
  ['Accept-Encoding: identity', ['GET', one, { 'accept-encoding': 'identity' }]],
  ['Accept-Encoding: *', ['GET', one, { 'accept-encoding': '*' }]],
  ['a slash at the end of a type', ['GET', `${fhir}/Patient/?_count=1`]],
  ['a slash at the end of a resource', ['GET', `${one}/`]],
  ['two slashes', ['GET', `${fhir}//Patient/${made.id}`]],
  ['an ampersand at the end of the query', ['GET', `${fhir}/Patient?_count=1&`]],
  ['a question mark without a query', ['GET', `${fhir}/Patient/${made.id}?`]],
  ['a parameter without a value', ['GET', `${fhir}/Patient?name=&_count=1`]],
  ['jQuery without a cache', ['GET', `${fhir}/Patient?_count=1&_=1764400000000`]],
  ['_format=json', ['GET', `${fhir}/Patient?_count=1&_format=json`]],
  ['_format twice', ['GET', `${fhir}/Patient?_count=1&_format=json&_format=json`]],
  ['_format=application/fhir+json without escape', ['GET', `${fhir}/Patient?_count=1&_format=application/fhir+json`]],
  ['_format=application/json+fhir', ['GET', `${fhir}/Patient?_count=1&_format=application/json%2Bfhir`]],
  ['_format=JSON', ['GET', `${fhir}/Patient?_count=1&_format=JSON`]],
  ['_format=html', ['GET', `${fhir}/Patient?_count=1&_format=html`]],
  ['_pretty=True', ['GET', `${fhir}/Patient?_count=1&_pretty=True`]],
  ['_count=0', ['GET', `${fhir}/Patient?_count=0`]],
  ['_count=1000', ['GET', `${fhir}/Patient?_count=1000`]],
  ['_count=10000', ['GET', `${fhir}/Patient?_count=10000`]],
  ['_total=accurate', ['GET', `${fhir}/Patient?_count=1&_total=accurate`]],
  ['_sort:desc of DSTU2', ['GET', `${fhir}/Patient?_count=1&_sort:desc=birthdate`]],
  ['_summary=count', ['GET', `${fhir}/Patient?_summary=count`]],
  [
    '_since of a history with a space for +',
    ['GET', `${fhir}/Patient/_history?_count=1&_since=2020-01-01T00:00:00+05:00`],
  ],
  ['_lastUpdated with a space for +', ['GET', `${fhir}/Patient?_count=1&_lastUpdated=gt2020-01-01T00:00:00+05:00`]],
  [
    '_lastUpdated with seven digits of a second',
    ['GET', `${fhir}/Patient?_count=1&_lastUpdated=gt2020-01-01T00:00:00.1234567Z`],
  ],
  ['birthdate by minutes without seconds', ['GET', `${fhir}/Patient?_count=1&_lastUpdated=gt2020-01-01T00:00Z`]],
  ['identifier without a system', ['GET', `${fhir}/Patient?identifier=${made.identifier[0].value}`]],
  ['identifier with an escaped bar', ['GET', `${fhir}/Patient?identifier=urn:habits%7C${made.identifier[0].value}`]],
  ['identifier with a bare bar', ['GET', `${fhir}/Patient?identifier=urn:habits|${made.identifier[0].value}`]],
  [
    'search by POST with parameters in both places',
    ['POST', `${fhir}/Patient/_search?_count=1`, formType, 'name=Karimova'],
  ],
  [
    'search by POST, charset in the type',
    [
      'POST',
      `${fhir}/Patient/_search`,
      { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
      'name=Karimova',
    ],
  ],
  ['search by POST without a body', ['POST', `${fhir}/Patient/_search?name=Karimova`]],
  [
    'search by POST with Content-Type and without a body',
    ['POST', `${fhir}/Patient/_search?name=Karimova`, { ...formType, 'content-length': '0' }],
  ],
  ['search by POST of JSON', ['POST', `${fhir}/Patient/_search`, { 'content-type': 'application/json' }, '{}']],
  [
    'operation by POST with an empty body of JSON',
    ['POST', `${one}/$everything`, { 'content-type': 'application/fhir+json', 'content-length': '0' }],
  ],
  [
    'operation by POST of a form',
    ['POST', `${fhir}/ValueSet/$expand`, formType, form({ url: 'http://hl7.org/fhir/ValueSet/administrative-gender' })],
  ],
  [
    'transaction at the base with a slash',
    [
      'POST',
      `${fhir}/`,
      { 'content-type': 'application/json' },
      JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry: [] }),
    ],
  ],
  ['capabilities with a slash', ['GET', `${fhir}/metadata/`]],
  ['capabilities by OPTIONS', ['OPTIONS', fhir]],
  ['capabilities, _format=json', ['GET', `${fhir}/metadata?_format=json`]],
  [
    'capabilities, a fhirVersion of R4 in Accept',
    ['GET', `${fhir}/metadata`, { accept: 'application/fhir+json; fhirVersion=4.0' }],
  ],
  [
    'an id in the address and none in the body of an update',
    [
      'PUT',
      one,
      { 'content-type': 'application/json', 'if-match': 'W/"1"' },
      JSON.stringify({ ...made, id: undefined }),
    ],
  ],
  [
    'If-Match without quotes',
    ['PUT', one, { 'content-type': 'application/json', 'if-match': '2' }, JSON.stringify(made)],
  ],
  [
    'If-Match, W/ and no quotes',
    ['PUT', one, { 'content-type': 'application/json', 'if-match': 'W/2' }, JSON.stringify(made)],
  ],
  [
    'If-Match, a strong tag',
    ['PUT', one, { 'content-type': 'application/json', 'if-match': '"2"' }, JSON.stringify(made)],
  ],
  [
    'If-Match: *',
    ['PUT', one, { 'content-type': 'application/json', 'if-match': '*' }, JSON.stringify({ ...made, active: true })],
  ],
  [
    'If-Match at a create',
    ['POST', `${fhir}/Patient`, { 'content-type': 'application/json', 'if-match': '*' }, JSON.stringify(patient())],
  ],
  ['merge patch', ['PATCH', one, { 'content-type': 'application/merge-patch+json' }, '{"active":true}']],
  ['a part of the resource as a patch', ['PATCH', one, { 'content-type': 'application/json' }, '{"active":true}']],
  [
    'a JSON Patch as application/json',
    ['PATCH', one, { 'content-type': 'application/json' }, '[{"op":"replace","path":"/gender","value":"male"}]'],
  ],
  [
    'a JSON Patch as application/fhir+json',
    ['PATCH', one, { 'content-type': 'application/fhir+json' }, '[{"op":"replace","path":"/gender","value":"male"}]'],
  ],
  [
    'a JSON Patch with a charset',
    [
      'PATCH',
      one,
      { 'content-type': 'application/json-patch+json; charset=utf-8' },
      '[{"op":"replace","path":"/gender","value":"male"}]',
    ],
  ],
  [
    'a byte order mark',
    ['POST', `${fhir}/Patient`, { 'content-type': 'application/json' }, `\ufeff${JSON.stringify(patient())}`],
  ],
  [
    'an empty meta and text',
    [
      'POST',
      `${fhir}/Patient`,
      { 'content-type': 'application/json' },
      JSON.stringify({ ...patient(), meta: { versionId: '1', lastUpdated: '2020-01-01T00:00:00Z' } }),
    ],
  ],
  [
    'null members, as serializers leave them',
    [
      'POST',
      `${fhir}/Patient`,
      { 'content-type': 'application/json' },
      JSON.stringify({ ...patient(), birthDate: null }),
    ],
  ],
  [
    'empty lists, as serializers leave them',
    ['POST', `${fhir}/Patient`, { 'content-type': 'application/json' }, JSON.stringify({ ...patient(), contact: [] })],
  ],
  [
    'a method in X-HTTP-Method-Override',
    ['POST', one, { 'x-http-method-override': 'PUT', 'content-type': 'application/json' }, JSON.stringify(made)],
  ],
  ['binary without Content-Type', ['POST', `${fhir}/Binary`, {}, 'some']],
])
  await call(name, async () => {
    const [method, address, headers = {}, body] = words;
    await succeeds(method, address, { authorization, ...headers }, body);
  });

for (const [name, value] of [
  ['criteria', 'identifier=urn:habits|NONE'],
  ['a question mark before', '?identifier=urn:habits|NONE'],
  ['the type before', 'Patient?identifier=urn:habits|NONE'],
  ['a slash and the type before', '/Patient?identifier=urn:habits|NONE'],
  ['the base URL before', `${fhir}/Patient?identifier=urn:habits|NONE`],
  ['_format behind', 'identifier=urn:habits|NONE&_format=json'],
  ['_format before', '_format=json&identifier=urn:habits|NONE'],
  ['_pretty behind', 'identifier=urn:habits|NONE&_pretty=true'],
  ['_summary behind', 'identifier=urn:habits|NONE&_summary=true'],
  ['_elements behind', 'identifier=urn:habits|NONE&_elements=id'],
  ['_count behind', 'identifier=urn:habits|NONE&_count=1'],
  ['_total behind', 'identifier=urn:habits|NONE&_total=none'],
  ['_sort behind', 'identifier=urn:habits|NONE&_sort=_id'],
]) {
  await call(`If-None-Exist: ${name}`, async () => {
    const headers = {
      authorization,
      'content-type': 'application/json',
      'if-none-exist': value.replace('NONE', `${Date.now()}${serial}`),
    };
    const { status } = await succeeds('POST', `${fhir}/Patient`, headers, JSON.stringify(patient()));
    check(status === 201, status);
  });
  await call(`ifNoneExist of a Bundle: ${name}`, async () => {
    const entry = {
      resource: patient(),
      request: { method: 'POST', url: 'Patient', ifNoneExist: value.replace('NONE', `${Date.now()}${serial}`) },
    };
    await succeeds(
      'POST',
      fhir,
      { authorization, 'content-type': 'application/json' },
      JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: [entry] }),
    );
  });
}

for (const [name, entry] of [
  ['request.url with a slash before', { request: { method: 'GET', url: `/Patient/${made.id}` } }],
  ['request.url with the base URL before', { request: { method: 'GET', url: one } }],
  ['request.url with _format', { request: { method: 'GET', url: `Patient?_count=1&_format=json` } }],
  ['request.url of a read with _format', { request: { method: 'GET', url: `Patient/${made.id}?_format=json` } }],
  [
    'request.url of a create with _format',
    { resource: patient(), request: { method: 'POST', url: 'Patient?_format=json' } },
  ],
  ['request.method in small letters', { request: { method: 'get', url: `Patient/${made.id}` } }],
  ['fullUrl relative', { fullUrl: 'Patient/1', resource: patient(), request: { method: 'POST', url: 'Patient' } }],
  [
    'fullUrl without urn:uuid',
    { fullUrl: crypto.randomUUID(), resource: patient(), request: { method: 'POST', url: 'Patient' } },
  ],
  [
    'an id in the resource of a create',
    { resource: { ...patient(), id: 'abc' }, request: { method: 'POST', url: 'Patient' } },
  ],
  [
    'search of a Bundle',
    { search: { mode: 'match' }, resource: patient(), request: { method: 'POST', url: 'Patient' } },
  ],
  ['ifNoneMatch of a read', { request: { method: 'GET', url: `Patient/${made.id}`, ifNoneMatch: 'W/"9"' } }],
  [
    'a JSON Patch in a Binary',
    {
      resource: {
        resourceType: 'Binary',
        contentType: 'application/json-patch+json',
        data: Buffer.from('[{"op":"replace","path":"/gender","value":"male"}]').toString('base64'),
      },
      request: { method: 'PATCH', url: `Patient/${made.id}` },
    },
  ],
  ['an update without ifMatch', { resource: made, request: { method: 'PUT', url: `Patient/${made.id}` } }],
  [
    'an update with ifMatch without quotes',
    { resource: made, request: { method: 'PUT', url: `Patient/${made.id}`, ifMatch: '1' } },
  ],
  ['a delete of what is not there', { request: { method: 'DELETE', url: 'Patient/nobody-there' } }],
  ['a search by POST', { request: { method: 'POST', url: 'Patient/_search?name=Karimova' } }],
])
  await call(`entry: ${name}`, () =>
    succeeds(
      'POST',
      fhir,
      { authorization, 'content-type': 'application/json' },
      JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: [entry] }),
    ).then(() => undefined),
  );

const basic = (id, secret) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
const { client_id: id, client_secret: secret } = backend;
const credentials = { grant_type: 'client_credentials' };
for (const [name, headers, fields] of [
  ['scope empty', {}, { ...credentials, ...backend, scope: '' }],
  ['scope with spaces around', {}, { ...credentials, ...backend, scope: ' system/*.rs ' }],
  ['scope with two spaces', {}, { ...credentials, ...backend, scope: 'system/Patient.rs  system/Observation.rs' }],
  ['scope with commas', {}, { ...credentials, ...backend, scope: 'system/Patient.rs,system/Observation.rs' }],
  ['scope of SMART 1', {}, { ...credentials, ...backend, scope: 'system/*.read' }],
  ['scope of everything of SMART 1', {}, { ...credentials, ...backend, scope: 'system/*.*' }],
  ['audience of Auth0', {}, { ...credentials, ...backend, audience: fhir }],
  ['resource', {}, { ...credentials, ...backend, resource: fhir }],
  ['resource with a slash', {}, { ...credentials, ...backend, resource: `${fhir}/` }],
  ['aud of SMART', {}, { ...credentials, ...backend, aud: fhir }],
  ['redirect_uri', {}, { ...credentials, ...backend, redirect_uri: 'https://x.example.uz' }],
  ['state and nonce', {}, { ...credentials, ...backend, state: 'x', nonce: 'y' }],
  ['by Basic', { authorization: basic(id, secret) }, credentials],
  ['by basic in small letters', { authorization: basic(id, secret).replace('Basic', 'basic') }, credentials],
  ['by Basic, the id in the form', { authorization: basic(id, secret) }, { ...credentials, client_id: id }],
  [
    'by Basic, the id and an empty secret in the form',
    { authorization: basic(id, secret) },
    { ...credentials, client_id: id, client_secret: '' },
  ],
  ['by Basic, id and secret in the form too', { authorization: basic(id, secret) }, { ...credentials, ...backend }],
  [
    'by Basic, another id in the form',
    { authorization: basic(id, secret) },
    { ...credentials, client_id: mobile.client_id },
  ],
  [
    'Accept: application/json; charset=utf-8',
    { accept: 'application/json; charset=utf-8' },
    { ...credentials, ...backend },
  ],
  ['Accept: text/html', { accept: 'text/html' }, { ...credentials, ...backend }],
  [
    'a charset in Content-Type',
    { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
    { ...credentials, ...backend },
  ],
  [
    'a charset of ISO-8859-1',
    { 'content-type': 'application/x-www-form-urlencoded; charset=ISO-8859-1' },
    { ...credentials, ...backend },
  ],
  ['JSON', { 'content-type': 'application/json' }, undefined],
  ['multipart/form-data', { 'content-type': 'multipart/form-data; boundary=x' }, undefined],
  ['no Content-Type', { 'content-type': '' }, { ...credentials, ...backend }],
  ['Content-Encoding: identity', { 'content-encoding': 'identity' }, { ...credentials, ...backend }],
  ['the token of before in Authorization', { authorization }, { ...credentials, ...backend }],
])
  await call(`token: ${name}`, () =>
    succeeds(
      'POST',
      `${issuer}/oauth/token`,
      { ...formType, ...headers },
      fields === undefined ? JSON.stringify({ ...credentials, ...backend }) : form(fields),
    ).then(() => undefined),
  );
await call('token: by GET', () =>
  succeeds('GET', `${issuer}/oauth/token?${form({ ...credentials, ...backend })}`).then(() => undefined),
);
await call('token: a slash at the end', () =>
  succeeds('POST', `${issuer}/oauth/token/`, formType, form({ ...credentials, ...backend })).then(() => undefined),
);
for (const [name, address] of [
  ['a slash behind the issuer', `${issuer}//.well-known/openid-configuration`],
  ['a slash at the end', `${issuer}/.well-known/openid-configuration/`],
  ['of the FHIR server', `${fhir}/.well-known/openid-configuration`],
  ['smart-configuration', `${fhir}/.well-known/smart-configuration`],
  ['smart-configuration, _format', `${fhir}/.well-known/smart-configuration?_format=json`],
  ['keys at the usual address', `${issuer}/.well-known/jwks.json`],
])
  await call(`discovery: ${name}`, () =>
    succeeds('GET', address, { accept: 'application/json' }).then(() => undefined),
  );
