/** Signatures of a Provenance: verified before it is stored, where the operator has registered the keys of signers. https://hl7.org/fhir/R5/signatures.html */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { CompactSign, FlattenedSign } from 'jose';
import type { RuleContext } from '../src/access/guard-settings.ts';
import { signatureRule } from '../src/access/signature-rule.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';
import { canonicalForm, canonicalForms } from '../src/signatures/canonical.ts';
import { readSignerKeys } from '../src/signatures/signer-keys.ts';
import { put } from './searches.ts';

const canonical = 'http://hl7.org/fhir/canonicalization/json';
const pairs = {
  doctor: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ministry: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  nurse: generateKeyPairSync('ed25519'),
  stranger: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
};
type Name = keyof typeof pairs;
const algorithms: Record<Name, string> = { doctor: 'ES256', ministry: 'PS256', nurse: 'EdDSA', stranger: 'ES256' };
const signers = { doctor: 'Practitioner/d', ministry: 'Organization/m', nurse: 'Practitioner/n' } as const;
const jwks = JSON.stringify({
  keys: Object.entries(signers).map(([kid, signer]) => ({
    ...pairs[kid as Name].publicKey.export({ format: 'jwk' }),
    ...{ kid, signers: [signer] },
  })),
});

let recording: TestServer;
let refusing: TestServer;
before(async () => {
  const options = { referenceIntegrity: 'allow', requireIfMatch: false } as const;
  recording = await startServer({ ...options, signatures: { keys: jwks, unchecked: 'record' } });
  refusing = await startServer({ ...options, signatures: { keys: jwks, unchecked: 'refuse' } });
  for (const server of [recording, refusing])
    await put(server, {
      ...{ resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'Вес' } },
      valueQuantity: { value: 3.1, unit: 'kg' },
    });
});
after(async () => {
  await recording.close();
  await refusing.close();
});

type Json = Record<string, unknown>;

interface Signing {
  readonly by?: Name;
  readonly kid?: string;
  readonly who?: string;
  readonly format?: string;
  readonly header?: Json;
  /** Signed instead of the target. */
  readonly instead?: Json;
  readonly encloses?: boolean;
  readonly key?: KeyObject;
}

/** An element of the data type Signature over a resource. */
async function signature(resource: Json, o: Signing = {}): Promise<Json> {
  const { by = 'doctor', kid = by, format = canonical, header = {}, instead, encloses = false } = o;
  const text = canonicalForm(instead ?? resource, `application/fhir+json;canonicalization=${format}`) ?? '{}';
  const protectedHeader = { alg: algorithms[by], kid, ...header };
  const whole = await new CompactSign(Buffer.from(text)).setProtectedHeader(protectedHeader).sign(pairs[by].privateKey);
  const [first, payload, last] = whole.split('.') as [string, string, string];
  const { who = by === 'stranger' ? signers.doctor : signers[by] } = o;
  return {
    type: [{ system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.1' }],
    ...{ when: '2026-11-29T10:00:00+05:00', who: { reference: who }, sigFormat: 'application/jose' },
    targetFormat: `application/fhir+json;canonicalization=${format}`,
    data: Buffer.from(`${first}.${encloses ? payload : ''}.${last}`).toString('base64'),
  };
}

const provenance = (signatures: readonly Json[], more: Json = {}): Json => ({
  resourceType: 'Provenance',
  target: [{ reference: 'Observation/o/_history/1' }],
  ...{ recorded: '2026-11-29T10:00:00+05:00', agent: [{ who: { reference: 'Practitioner/d' } }] },
  signature: signatures,
  ...more,
});

const stored = async (server = recording): Promise<Json> => (await server.request('GET', '/Observation/o')).json;
const send = (body: Json, server = recording): Promise<Reply> => server.write('POST', '/Provenance', body);
async function count(server: TestServer): Promise<number> {
  return Number((await server.request('GET', '/Provenance?_summary=count')).json['total']);
}
const warning = (reply: Reply): string | null => reply.headers.get('warning');

describe('a signature that is right', () => {
  const ways: Readonly<Record<string, Signing>> = {
    'over all of the target': {},
    'over what changes with no version': { format: `${canonical}#static` },
    'over the data': { format: `${canonical}#data` },
    'of an organisation, with RSA': { by: 'ministry' },
    'with Ed25519': { by: 'nurse' },
    'with the content enclosed': { encloses: true },
  };
  for (const [way, how] of Object.entries(ways))
    it(`is stored, and nothing is warned of: ${way}`, async () => {
      for (const server of [recording, refusing]) {
        const target = await stored(server);
        const reply = await send(provenance([await signature(target, how), await signature(target)]), server);
        assert.deepEqual([reply.status, warning(reply)], [201, null], reply.text);
      }
    });

  it('may have an unencoded payload (RFC 7797), and is found where the target is named absolutely or without a version', async () => {
    const target = await stored();
    const jws = await new FlattenedSign(Buffer.from(canonicalForm(target, undefined)!))
      .setProtectedHeader({ alg: 'ES256', kid: 'doctor', b64: false, crit: ['b64'] })
      .sign(pairs.doctor.privateKey);
    const data = Buffer.from(`${jws.protected!}..${jws.signature}`).toString('base64');
    const one = { ...(await signature(target)), data };
    for (const reference of ['Observation/o', 'Observation/o/_history/1']) {
      const reply = await send(provenance([one], { target: [{ reference }] }));
      assert.deepEqual([reply.status, warning(reply)], [201, null], reply.text);
    }
  });
});

describe('a signature that is wrong', () => {
  const forged: Readonly<Record<string, (target: Json) => Promise<Json>>> = {
    'over another content': (target) => signature(target, { instead: { ...target, status: 'amended' } }),
    'over another version': (target) => signature(target, { instead: { ...target, meta: { versionId: '2' } } }),
    'with the key of somebody else under the kid': (target) => signature(target, { by: 'stranger', kid: 'doctor' }),
    'of another who': (target) => signature(target, { who: 'Practitioner/n' }),
    'of nobody': async (target) => ({ ...(await signature(target)), who: { display: 'The doctor' } }),
    'with another content enclosed': (target) =>
      signature(target, { instead: { ...target, status: 'amended' }, encloses: true }),
    'no JWS': async (target) => ({ ...(await signature(target)), data: 'eA==' }),
    'of two parts': async (target) => ({ ...(await signature(target)), data: Buffer.from('a.b').toString('base64') }),
    'without an algorithm': async (target) => {
      const header = Buffer.from(JSON.stringify({ alg: 'none', kid: 'doctor' })).toString('base64url');
      return { ...(await signature(target)), data: Buffer.from(`${header}..`).toString('base64') };
    },
    'with an HMAC by the public key': async (target) => {
      const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'doctor' })).toString('base64url');
      return { ...(await signature(target)), data: Buffer.from(`${header}..AAAA`).toString('base64') };
    },
    'cut short': async (target) => {
      const one = await signature(target);
      const text = Buffer.from(String(one['data']), 'base64').toString();
      return { ...one, data: Buffer.from(text.slice(0, -40)).toString('base64') };
    },
    'said to be over another form': async (target) => ({
      ...(await signature(target)),
      targetFormat: `application/fhir+json;canonicalization=${canonical}#static`,
    }),
  };
  for (const [what, forge] of Object.entries(forged))
    it(`is refused with a cure, wherever it stands: ${what}`, async () => {
      const target = await stored();
      const [good, bad] = [await signature(target), await forge(target)];
      const before = await count(recording);
      const sent = provenance([good, bad]);
      const reply = await send(sent);
      assert.deepEqual([reply.status, reply.code], [422, 'signature-invalid'], reply.text);
      assert.match(reply.text, /Provenance\.signature\[1\]/);
      const entry = [{ resource: sent, request: { method: 'POST', url: 'Provenance' } }];
      for (const type of ['transaction', 'batch']) {
        const bundle = await recording.write('POST', '/', { resourceType: 'Bundle', type, entry });
        assert.match(bundle.text, /"signature-invalid"/);
      }
      const put = await recording.write('PUT', '/Provenance/own', { ...sent, id: 'own' });
      assert.equal(put.code, 'signature-invalid', put.text);
      assert.equal(await count(recording), before, 'nothing is stored');
    });
});

describe('a signature that cannot be verified', () => {
  const open: Readonly<Record<string, (target: Json) => Promise<Json>>> = {
    'by a key that is not registered': async (target) => provenance([await signature(target, { by: 'stranger' })]),
    'in another format': async (target) =>
      provenance([{ ...(await signature(target)), sigFormat: 'application/signature+xml' }]),
    'an image': async (target) => provenance([{ ...(await signature(target)), sigFormat: 'image/png' }]),
    'over another canonical form': async (target) =>
      provenance([{ ...(await signature(target)), targetFormat: 'application/fhir+json;canonicalization=urn:own' }]),
    'over several targets': async (target) =>
      provenance([await signature(target)], {
        target: [{ reference: 'Observation/o' }, { reference: 'Observation/other' }],
      }),
    'over what is not here': async (target) =>
      provenance([await signature(target)], { target: [{ reference: 'Observation/none' }] }),
    'with a critical header': async (target) => provenance([await withCritical(target)]),
  };
  async function withCritical(target: Json): Promise<Json> {
    const header = { alg: 'ES256', kid: 'doctor', sigD: {}, crit: ['sigD'] };
    const text = `${Buffer.from(JSON.stringify(header)).toString('base64url')}..AAAA`;
    return { ...(await signature(target)), data: Buffer.from(text).toString('base64') };
  }

  for (const [what, make] of Object.entries(open))
    it(`is stored with a warning, or refused where the operator says so: ${what}`, async () => {
      const kept = await send(await make(await stored()));
      assert.equal(kept.status, 201, kept.text);
      assert.match(warning(kept) ?? '', /it was not verified/);
      const before = await count(refusing);
      const refused = await send(await make(await stored(refusing)), refusing);
      assert.deepEqual([refused.status, refused.code], [422, 'signature-not-verifiable'], refused.text);
      assert.equal(await count(refusing), before);
    });

  it('tells nobody of a target that the writer may not read', async () => {
    const token = await recording.sso.token({ scope: 'system/Provenance.cr' });
    const target = await stored();
    const known = provenance([await signature(target)]);
    assert.equal(warning(await send(known)), null, 'another writer may read it');
    const wrong = provenance([await signature(target, { instead: { ...target, status: 'amended' } })]);
    for (const sent of [known, provenance([await signature(target)]), wrong]) {
      const body = JSON.stringify(sent);
      const headers = { 'content-type': 'application/fhir+json' };
      const reply = await recording.request('POST', '/Provenance', { token, headers, body });
      assert.equal(reply.status, 201, reply.text);
      assert.match(warning(reply) ?? '', /it was not verified/);
    }
  });

  it('is one also where it is no list, which a server without validation stores', async () => {
    const context = { signatures: { keys: [], unchecked: 'refuse' } } as unknown as RuleContext;
    const { signature: list, ...plain } = provenance([await signature(await stored())]);
    const write = { kind: 'create', type: 'Provenance' } as const;
    const alone = { isWritten: () => false, firstActive: () => undefined };
    await signatureRule.check(context, { ...write, resource: plain }, alone);
    for (const sent of [list, (list as Json[])[0]])
      await assert.rejects(
        async () => signatureRule.check(context, { ...write, resource: { ...plain, signature: sent } }, alone),
        /^Failure: signature-not-verifiable/,
      );
  });

  it('does not concern a Provenance without one', async () => {
    const { signature: _, ...plain } = provenance([]);
    for (const server of [recording, refusing]) assert.deepEqual([(await send(plain, server)).status], [201]);
  });
});

describe('the keys of signers', () => {
  const [key] = (JSON.parse(jwks) as { keys: Json[] }).keys;
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    ['{', /no JSON/],
    [[], /no JSON object/],
    [{}, /no list "keys"/],
    [{ keys: [{ ...key, kid: undefined }] }, /keys\[0\] has no "kid"/],
    [{ keys: [{ ...key, signers: [] }] }, /keys\[0\] has no "signers"/],
    [{ keys: [{ ...key, signers: ['the doctor'] }] }, /keys\[0\] has no "signers"/],
    [{ keys: [key, key] }, /two keys have the kid/],
    [{ keys: [{ kty: 'oct', k: 'AAAA', kid: 'a', signers: ['Practitioner/d'] }] }, /is a secret/],
    [{ keys: [{ ...key, d: 'AAAA' }] }, /is a secret/],
    [{ keys: [{ ...key, x: 'AAAA' }] }, /is no public key/],
  ];
  for (const [given, says] of wrong)
    it(`stop the start where they are wrong: ${says.source}`, () => {
      const text = typeof given === 'string' ? given : JSON.stringify(given);
      assert.throws(() => readSignerKeys(text), says);
    });
});

describe('the canonical form', () => {
  it('is made once for all signatures over it', () => {
    let reads = 0;
    const resource = {
      get code() {
        reads += 1;
        return { text: 'x' };
      },
    };
    const forms = canonicalForms(resource);
    const one = forms(undefined);
    assert.equal(one?.bytes.toString(), '{"code":{"text":"x"}}');
    for (let n = 0; n < 9; n += 1) assert.equal(forms(`application/fhir+json;canonicalization=${canonical}`), one);
    assert.equal(forms('x;canonicalization=constructor'), undefined);
    assert.equal(reads, 1);
  });

  it('orders members at every depth, and writes numbers and texts as RFC 8785 does', () => {
    const resource = { b: [{ z: 1.5, a: 'ы"\n' }], a: { d: true, c: null }, text: { div: 'x' }, meta: {} };
    assert.equal(
      canonicalForm(resource, undefined),
      '{"a":{"c":null,"d":true},"b":[{"a":"ы\\"\\n","z":1.5}],"meta":{},"text":{"div":"x"}}',
    );
    assert.equal(
      canonicalForm(resource, `application/fhir+json; canonicalization="${canonical}#static"`),
      '{"a":{"c":null,"d":true},"b":[{"a":"ы\\"\\n","z":1.5}]}',
    );
    assert.equal(canonicalForm(resource, 'x;canonicalization=urn:own'), undefined);
    for (const text of ['1e999', '-1e999'])
      assert.equal(canonicalForm(JSON.parse(`{"a":[${text}]}`) as Json, undefined), undefined);
  });
});
