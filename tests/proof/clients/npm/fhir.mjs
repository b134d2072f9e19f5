/** Clients of FHIR, each as its documentation says. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { MedplumClient } from '@medplum/core';
import axios from 'axios';
import { Client as FhirKit } from 'fhir-kit-client';
import fhirJs from 'fhir.js';
import smart from 'fhirclient';
import fhirpath from 'fhirpath';
import r5 from 'fhirpath/fhir-context/r5/index.js';
import got from 'got';
import superagent from 'superagent';
import { check, ground, open } from './table.mjs';

const { issuer, fhir: baseUrl, backend } = ground;
const body = new URLSearchParams({ grant_type: 'client_credentials', ...backend });
const { access_token: token } = await (await fetch(`${issuer}/oauth/token`, { method: 'POST', body })).json();
const authorization = `Bearer ${token}`;

let serial = 0;
function patient() {
  serial += 1;
  return {
    ...{ resourceType: 'Patient', active: true, birthDate: '1990-05-14', gender: 'female' },
    identifier: [{ system: 'urn:clients', value: `${Date.now()}-${serial}` }],
    name: [{ family: 'Каримова', given: ['Азиза'] }],
  };
}
const observation = (subject) => ({
  ...{ resourceType: 'Observation', status: 'final', subject: { reference: subject } },
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  valueQuantity: { value: 70, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
});
const operations = [{ op: 'replace', path: '/active', value: false }];
function transaction() {
  const fullUrl = `urn:uuid:${crypto.randomUUID()}`;
  return {
    ...{ resourceType: 'Bundle', type: 'transaction' },
    entry: [
      { fullUrl, resource: patient(), request: { method: 'POST', url: 'Patient' } },
      { resource: observation(fullUrl), request: { method: 'POST', url: 'Observation' } },
      { request: { method: 'GET', url: 'Patient?_count=1' } },
    ],
  };
}
const batch = () => ({
  ...transaction(),
  type: 'batch',
  entry: [
    { resource: patient(), request: { method: 'POST', url: 'Patient' } },
    { request: { method: 'GET', url: '/Patient?_count=1' } },
  ],
});

async function withFhirKit() {
  const call = open('fhir-kit-client');
  const client = new FhirKit({ baseUrl, bearerToken: token });
  await call('capabilities', () => client.capabilityStatement());
  await call('SMART endpoints', () => client.smartAuthMetadata());
  const created = await call('create', () => client.create({ resourceType: 'Patient', body: patient() }));
  const { id } = created;
  await call('create if none exists', () =>
    client.create({
      resourceType: 'Patient',
      body: patient(),
      headers: { 'If-None-Exist': 'identifier=urn:clients|none' },
    }),
  );
  await call('read', () => client.read({ resourceType: 'Patient', id }));
  await call('vread', () => client.vread({ resourceType: 'Patient', id, version: '1' }));
  await call('update without If-Match', () => client.update({ resourceType: 'Patient', id, body: created }));
  const updated = await call('update', () =>
    client.update({ resourceType: 'Patient', id, body: created, options: { headers: { 'If-Match': 'W/"1"' } } }),
  );
  await call('update by criteria', () =>
    client.update({
      resourceType: 'Patient',
      searchParams: { identifier: `urn:clients|${updated.identifier[0].value}` },
      body: updated,
    }),
  );
  await call('patch (JSON Patch)', () => client.patch({ resourceType: 'Patient', id, jsonPatch: operations }));
  await call('search', () =>
    client.search({ resourceType: 'Patient', searchParams: { _count: '3', name: 'Karimova' } }),
  );
  await call('search with arrays', () =>
    client.search({ resourceType: 'Patient', searchParams: { birthdate: ['ge1980', 'le2000'], _count: 2 } }),
  );
  await call('search by POST', () =>
    client.search({ resourceType: 'Patient', searchParams: { name: 'Karimova' }, options: { postSearch: true } }),
  );
  await call('search in a compartment', () =>
    client.search({ compartment: { resourceType: 'Patient', id }, resourceType: 'Observation' }),
  );
  await call('search everything', () => client.search({ searchParams: { _type: 'Patient,Observation', _count: 2 } }));
  await call('pages', async () => {
    let page = await client.search({ resourceType: 'Patient', searchParams: { _count: 7 } });
    let n = 0;
    while (page !== undefined && n < 50) {
      n += 1;
      page = await client.nextPage({ bundle: page });
    }
    return `${n} pages`;
  });
  await call('previous page', async () => {
    const second = await client.nextPage({
      bundle: await client.search({ resourceType: 'Patient', searchParams: { _count: 2 } }),
    });
    await client.prevPage({ bundle: second });
  });
  await call('transaction', () => client.transaction({ body: transaction() }));
  await call('batch', () => client.batch({ body: batch() }));
  await call('history', () => client.history({ resourceType: 'Patient', id }));
  await call('history of a type', () => client.history({ resourceType: 'Patient' }));
  await call('history of all', () => client.history());
  await call('operation by GET', () =>
    client.operation({ name: 'everything', resourceType: 'Patient', id, method: 'get' }),
  );
  await call('operation by POST', () =>
    client.operation({
      name: '$validate',
      resourceType: 'Patient',
      input: { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: patient() }] },
    }),
  );
  await call('operation by POST without input', () =>
    client.operation({ name: 'everything', resourceType: 'Patient', id }),
  );
  await call('resolve a reference', () => client.resolve({ reference: `Patient/${id}` }));
  await call('resolve an absolute reference', () => client.resolve({ reference: `${baseUrl}/Patient/${id}` }));
  await call('any request', () => client.request('Patient?_summary=count'));
  await call('delete', () => client.delete({ resourceType: 'Patient', id }));
}

async function withFhirclient() {
  const call = open('fhirclient');
  const request = new IncomingMessage(new Socket());
  const storage = { get: async () => undefined, set: async (_, value) => value, unset: async () => true };
  const client = smart(request, new ServerResponse(request), storage).client({
    serverUrl: baseUrl,
    tokenResponse: { access_token: token },
  });
  const created = await call('create', () => client.create(patient()));
  await call('read', () => client.request(`Patient/${created.id}`));
  await call('update without If-Match', () => client.update(created));
  await call('update', () => client.update(created, { headers: { 'if-match': 'W/"1"' } }));
  await call('patch', () => client.patch(`Patient/${created.id}`, operations));
  await call('all pages, flat, with references resolved', async () => {
    const made = await client.create(observation(`Patient/${created.id}`));
    const found = await client.request(`Observation?_id=${made.id}`, {
      flat: true,
      pageLimit: 0,
      resolveReferences: 'subject',
    });
    check(found.length === 1, 'one');
  });
  await call('pages', () => client.request('Patient?_count=10', { pageLimit: 0, flat: true }));
  await call('FHIR version', async () => String(await client.getFhirVersion()));
  await call('FHIR release', async () => String(await client.getFhirRelease()));
  await call('transaction by request', () =>
    client.request({
      url: '',
      method: 'POST',
      body: JSON.stringify(transaction()),
      headers: { 'content-type': 'application/json' },
    }),
  );
  await call('delete', () => client.delete(`Patient/${created.id}`));
}

async function withMedplum() {
  const call = open('@medplum/core');
  const client = new MedplumClient({
    ...{ baseUrl: new URL('/', baseUrl).href, fhirUrlPath: new URL(baseUrl).pathname.slice(1), fetch },
    ...{
      tokenUrl: `${issuer}/oauth/token`,
      authorizeUrl: `${issuer}/oauth/authorize`,
      logoutUrl: `${issuer}/oauth/logout`,
    },
    cacheTime: 0,
  });
  await call('client_credentials', () => client.startClientLogin(backend.client_id, backend.client_secret));
  client.setAccessToken(token);
  const created = await call('create', () => client.createResource(patient()));
  await call('create if none exists', () =>
    client.createResourceIfNoneExist(patient(), 'identifier=urn:clients|nobody'),
  );
  await call('upsert', () => client.upsertResource({ ...patient() }, 'identifier=urn:clients|nobody-2'));
  await call('read', () => client.readResource('Patient', created.id));
  await call('read a reference', () => client.readReference({ reference: `Patient/${created.id}` }));
  await call('history', () => client.readHistory('Patient', created.id));
  await call('vread', () => client.readVersion('Patient', created.id, '1'));
  await call('update without If-Match', () => client.updateResource({ ...created, active: false }));
  await call('update', () =>
    client.updateResource({ ...created, active: false }, { headers: { 'If-Match': 'W/"1"' } }),
  );
  await call('patch', () =>
    client.patchResource('Patient', created.id, [{ op: 'replace', path: '/active', value: true }]),
  );
  await call('search', () => client.search('Patient', 'name=Karimova&_count=3'));
  await call('search with an object', () =>
    client.search('Patient', { name: 'Karimova', _count: 3, _sort: '-_lastUpdated', _total: 'accurate' }),
  );
  await call('searchOne', () => client.searchOne('Patient', { name: 'Karimova' }));
  await call('searchResources', () =>
    client.searchResources('Observation', { _count: 2, _include: 'Observation:subject' }),
  );
  await call('pages', async () => {
    let n = 0;
    for await (const page of client.searchResourcePages('Patient', { _count: 10 })) n += page.length;
    return `${n}`;
  });
  await call('batch', () => client.executeBatch(batch()));
  await call('transaction', () => client.executeBatch(transaction()));
  await call('automatic batch of reads', async () => {
    const own = new MedplumClient({
      baseUrl: new URL('/', baseUrl).href,
      fhirUrlPath: new URL(baseUrl).pathname.slice(1),
      fetch,
      autoBatchTime: 50,
    });
    own.setAccessToken(token);
    const found = await Promise.all([own.readResource('Patient', created.id), own.search('Patient', '_count=1')]);
    check(found.length === 2 && found[0].id === created.id, 'both');
  });
  await call('validate', () => client.validateResource(patient()));
  await call('everything', () => client.readPatientEverything(created.id));
  await call('expand', () =>
    client.valueSetExpand({ url: 'http://hl7.org/fhir/ValueSet/administrative-gender', filter: 'ma' }),
  );
  await call('binary', async () => {
    const binary = await client.createBinary({ data: 'some text', contentType: 'text/plain' });
    check(binary.resourceType === 'Binary', JSON.stringify(binary).slice(0, 100));
    check((await (await client.download(`${baseUrl}/Binary/${binary.id}`)).text()) === 'some text', 'the same text');
  });
  await call('delete', () => client.deleteResource('Patient', created.id));
}

async function withFhirJs() {
  const call = open('fhir.js');
  const adapter = {
    http: async ({ method, url, headers, data, ...rest }) => {
      const response = await axios({ method, url, headers, data, ...rest, validateStatus: () => true });
      if (response.status >= 400) throw Object.assign(new Error(`status ${response.status}`), { data: response.data });
      return {
        status: response.status,
        headers: (name) => response.headers[name.toLowerCase()],
        config: { method, url, headers, data },
        data: response.data,
      };
    },
    defer: () => {
      const { promise, resolve, reject } = Promise.withResolvers();
      return { promise, resolve, reject };
    },
  };
  const client = fhirJs({ baseUrl, auth: { bearer: token }, headers: {} }, adapter);
  await call('conformance', () => client.conformance({}));
  const created = await call('create', () => client.create({ resource: patient() }));
  const id = created?.data?.id ?? created?.content?.id;
  await call('read', () => client.read({ type: 'Patient', id }));
  await call('vread', () => client.vread({ type: 'Patient', id, versionId: '1' }));
  await call('update without If-Match', () => client.update({ resource: { ...patient(), id } }));
  await call('patch', () => client.patch({ type: 'Patient', id, data: operations }));
  await call('search', () => client.search({ type: 'Patient', query: { _count: 3, name: { $exact: 'Каримова' } } }));
  await call('search with sort and include', () =>
    client.search({
      type: 'Observation',
      query: { $sort: [['date', 'desc']], $include: { Observation: 'subject' }, _count: 2 },
    }),
  );
  await call('search or', () =>
    client.search({
      type: 'Patient',
      query: { gender: { $or: ['male', 'female'] }, birthdate: { $gt: '1950', $lt: '2020' }, _count: 2 },
    }),
  );
  await call('next page', async () => {
    const { data } = await client.search({ type: 'Patient', query: { _count: 2 } });
    return client.nextPage({ bundle: data });
  });
  await call('history', () => client.history({}));
  await call('type history', () => client.typeHistory({ type: 'Patient' }));
  await call('resource history', () => client.resourceHistory({ type: 'Patient', id }));
  await call('transaction', () => client.transaction({ bundle: transaction() }));
  await call('validate', () => client.validate({ resource: { resourceType: 'Patient', active: true } }));
  await call('delete', () => client.delete({ type: 'Patient', id }));
}

async function withFhirpath() {
  const call = open('fhirpath');
  const made = await (
    await fetch(`${baseUrl}/Patient`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/fhir+json' },
      body: JSON.stringify(patient()),
    })
  ).json();
  const options = {
    async: 'always',
    terminologyUrl: baseUrl,
    fhirServerUrl: baseUrl,
    httpHeaders: { [baseUrl]: { Authorization: authorization } },
  };
  await call('resolve()', async () => {
    const [active] = await fhirpath.evaluate(
      observation(`Patient/${made.id}`),
      'Observation.subject.resolve().active',
      {},
      r5,
      options,
    );
    check(active === true, String(active));
  });
  await call('memberOf() of a value set that is stored', async () => {
    const url = `urn:clients:set-${Date.now()}`;
    const set = {
      resourceType: 'ValueSet',
      url,
      status: 'active',
      compose: { include: [{ system: 'http://hl7.org/fhir/administrative-gender' }] },
    };
    await axios.post(`${baseUrl}/ValueSet`, set, { headers: { authorization } });
    const [is] = await fhirpath.evaluate(made, `Patient.gender.memberOf('${url}')`, {}, r5, options);
    check(is === true, String(is));
  });
  for (const [name, expression] of [
    [
      '%terminologies.expand',
      "%terminologies.expand('http://hl7.org/fhir/ValueSet/administrative-gender').expansion.contains.code",
    ],
    [
      '%terminologies.lookup',
      "%terminologies.lookup(%factory.Coding('http://hl7.org/fhir/administrative-gender','male')).parameter.where(name='display').value",
    ],
    [
      '%terminologies.validateVS',
      "%terminologies.validateVS('http://hl7.org/fhir/ValueSet/administrative-gender', 'male', '')",
    ],
  ])
    await call(name, async () => JSON.stringify(await fhirpath.evaluate(made, expression, {}, r5, options)));
}

/** Libraries of HTTP as they are without settings: their own Accept, Content-Type and Accept-Encoding. */
async function withLibrariesOfHttp() {
  const withAxios = open('axios');
  const client = axios.create({ baseURL: baseUrl, headers: { Authorization: authorization } });
  const made = await withAxios('create', async () => (await client.post('/Patient', patient())).data);
  await withAxios('read', () => client.get(`/Patient/${made.id}`));
  await withAxios('search with params', () => client.get('/Patient', { params: { name: 'Каримова', _count: 1 } }));
  await withAxios('search with an array in params', () =>
    client.get('/Patient', { params: { birthdate: ['ge1980', 'le2000'] } }),
  );
  await withAxios('search with an array in params, written as FHIR does', () =>
    client.get('/Patient', { params: { birthdate: ['ge1980', 'le2000'] }, paramsSerializer: { indexes: null } }),
  );
  await withAxios('search by POST', () => client.postForm('/Patient/_search', { name: 'Karimova' }));
  await withAxios('search by POST of URLSearchParams', () =>
    client.post('/Patient/_search', new URLSearchParams({ name: 'Karimova' })),
  );
  await withAxios('update', () => client.put(`/Patient/${made.id}`, made, { headers: { 'If-Match': 'W/"1"' } }));
  await withAxios('patch (a JSON Patch as application/json)', () => client.patch(`/Patient/${made.id}`, operations));
  await withAxios('transaction', () => client.post('', transaction()));
  await withAxios('operation without a body', () => client.post(`/Patient/${made.id}/$everything`));
  await withAxios('binary', () =>
    client.post('/Binary', Buffer.from('some'), { headers: { 'content-type': 'application/octet-stream' } }),
  );
  await withAxios('delete', () => client.delete(`/Patient/${made.id}`));
  const withGot = open('got');
  const requests = got.extend({ prefixUrl: baseUrl, headers: { authorization }, retry: { limit: 0 } });
  const second = await withGot('create', () => requests.post('Patient', { json: patient() }).json());
  await withGot('read', () => requests.get(`Patient/${second.id}`).json());
  await withGot('search by POST', () => requests.post('Patient/_search', { form: { name: 'Karimova' } }).json());
  await withGot('delete', () => requests.delete(`Patient/${second.id}`));
  const withSuperagent = open('superagent');
  const third = await withSuperagent(
    'create',
    async () => (await superagent.post(`${baseUrl}/Patient`).set('authorization', authorization).send(patient())).body,
  );
  await withSuperagent('read, parsed', async () => {
    const { body: read } = await superagent.get(`${baseUrl}/Patient/${third.id}`).set('authorization', authorization);
    check(read.id === third.id, 'parsed');
  });
  await withSuperagent('search with an array', () =>
    superagent
      .get(`${baseUrl}/Patient`)
      .query({ birthdate: ['ge1980', 'le2000'] })
      .set('authorization', authorization),
  );
  await withSuperagent('search by POST', () =>
    superagent
      .post(`${baseUrl}/Patient/_search`)
      .type('form')
      .send({ name: 'Karimova' })
      .set('authorization', authorization),
  );
}

for (const run of [withFhirKit, withFhirclient, withMedplum, withFhirJs, withFhirpath, withLibrariesOfHttp]) {
  try {
    await run();
  } catch (error) {
    console.error(run.name, error);
    process.exitCode = 1;
  }
}
