/** The word of an SSO about rights that are kept: taken from a genuine, fresh answer to the own question alone, and never more than was kept. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeJwt, SignJWT, type JWTPayload } from 'jose';
import type { Access, Claimed } from '../src/contract/access.ts';
import { accessOfClaims } from '../src/http/claimed.ts';
import { failure } from '../src/http/errors.ts';
import { openStandings, type StandingSettings, type Standings } from '../src/http/standings.ts';
import { baseUrl } from './environment.ts';

const key = randomBytes(32);
const issuer = 'https://sso.test';

interface Asked {
  readonly claims: JWTPayload;
  readonly owners: readonly {
    readonly client: string;
    readonly scopes: string[];
    readonly organization?: string;
    readonly person?: object;
  }[];
}

const asked: Asked[] = [];
/** Makes the body of an answer; undefined: 503. */
let answers: (question: Asked) => Promise<string> | string | undefined;
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const { owners } = JSON.parse(Buffer.concat(parts).toString()) as Pick<Asked, 'owners'>;
    const question = { owners, claims: decodeJwt((request.headers.authorization ?? '').slice(7)) };
    asked.push(question);
    void Promise.resolve(answers(question)).then((body) => {
      response.writeHead(body === undefined ? 503 : 200).end(body);
    });
  });
});
before(() => new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening)));
after(() => new Promise((closed) => server.close(closed)));
beforeEach(() => {
  asked.length = 0;
  answers = (question) => signed(question);
});

interface Forging {
  readonly by?: Buffer;
  readonly claims?: JWTPayload;
  readonly header?: Record<string, unknown>;
  readonly standing?: (owner: Asked['owners'][number]) => unknown;
}

function signed(
  { claims: { jti }, owners }: Asked,
  { by = key, claims, header, standing }: Forging = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const told = owners.map(standing ?? (({ scopes, organization }) => ({ scopes, organization })));
  const made = { iss: issuer, aud: baseUrl, jti, iat: now, exp: now + 60, now: Date.now(), standing: told, ...claims };
  return new SignJWT(made as JWTPayload)
    .setProtectedHeader({ alg: 'HS256', typ: 'dhp-standing-answer+jwt', ...header })
    .sign(by);
}

let revokedAt = -Infinity;
function open(more: Partial<StandingSettings> = {}): Standings {
  const { port } = server.address() as AddressInfo;
  return openStandings(
    { uri: `http://127.0.0.1:${port}/oauth/standing`, rest: 0, ...more },
    {
      ...{ key, issuer, audience: baseUrl, clock: () => new Date(), trustsHealthWorkers: false },
      doubt: ({ issuedAt }) =>
        revokedAt >= issuedAt ? failure('token-revoked', {}, { diagnostics: 'in a test' }) : undefined,
    },
  );
}

const hour = 3_600_000;
const words: Claimed = {
  scopes: ['system/Observation.rs', 'system/Patient.rs', 'dhp.audit'],
  organization: 'Organization/7',
};

/** Rights of a token of an hour ago. */
function kept(claimed: Claimed = words, more: object = {}): Access {
  const now = Date.now();
  return accessOfClaims(claimed, {
    ...{ clientId: 'clinic', subject: 'clinic', fhirUser: undefined, trustsHealthWorkers: false, expiresAt: now },
    token: { issuedAt: now - hour, subjects: ['jti', 'sub', 'client'] },
    ...more,
  });
}

const named = (access: unknown): string[] => {
  const { scopes, narrowed } = access as Access;
  return [...scopes, ...narrowed].map(({ type }) => type).sort();
};

describe('the standing of rights', () => {
  it('is what the SSO says, and no more than was kept', async () => {
    const access = kept();
    const standings = open();
    assert.equal(standings.of(access), 'unknown', 'a token of an hour ago says nothing of now');
    answers = (question) =>
      signed(question, { standing: () => ({ ...words, scopes: [...words.scopes, 'system/*.cruds'] }) });
    await standings.ask([access]);
    const whole = standings.of(access) as Access;
    assert.deepEqual(
      [named(whole), whole.positions.length, whole.readsTrail],
      [['Observation', 'Patient'], 1, 'as-system'],
    );
    const less = open();
    answers = (question) =>
      signed(question, { standing: () => ({ scopes: ['system/Patient.rs', 'system/Group.rs'] }) });
    await less.ask([access]);
    const left = less.of(access) as Access;
    assert.deepEqual([named(left), left.positions.length, left.readsTrail], [['Patient'], 0, undefined]);
    const none = open();
    answers = (question) => signed(question, { standing: () => ({ ended: 'client-disabled' }) });
    await none.ask([access]);
    assert.deepEqual(none.of(access), { ended: 'client-disabled' });
  });

  it('leaves rights of a person those of a person', async () => {
    const claimed = { scopes: ['openid', 'patient/Patient.cruds'], patient: 'p', grant: 'g' };
    const access = kept(claimed, { subject: 'someone', fhirUser: 'Patient/p' });
    assert.deepEqual([access.authority, access.identifierTypes], ['patient', new Set()]);
    answers = (question) => signed(question, { standing: () => ({ scopes: ['openid'] }) });
    const standings = open();
    await standings.ask([access]);
    const left = standings.of(access) as Access;
    assert.deepEqual([left.authority, left.identifierTypes, named(left)], ['patient', new Set(), []]);
    assert.deepEqual(asked[0]!.owners[0]!.person, {
      id: 'someone',
      grant: 'g',
      fhirUser: 'Patient/p',
      patient: 'p',
      renewed: true,
    });
  });

  const forgings: Record<string, Forging> = {
    'another key': { by: randomBytes(32) },
    'another question': { claims: { jti: 'another' } },
    'another server': { claims: { aud: 'https://other.test/fhir' } },
    'another SSO': { claims: { iss: 'https://other.test' } },
    'a question as an answer': { header: { typ: 'dhp-standing+jwt' } },
    'an hour ago': {
      claims: { iat: Math.floor(Date.now() / 1000) - 3_600, exp: Math.floor(Date.now() / 1000) - 3_540 },
    },
    'no time': { claims: { now: undefined } },
    'owners that are missing': { claims: { standing: [] } },
    'one that is not told': { standing: () => ({ unknown: true }) },
    'one in another form': { standing: () => ({ scopes: 'system/*.cruds' }) },
  };
  for (const [what, forging] of Object.entries(forgings))
    it(`is not taken from an answer with ${what}`, async () => {
      const standings = open();
      answers = (question) => signed(question, forging);
      await standings.ask([kept()]);
      assert.equal(asked.length, 1);
      assert.equal(standings.of(kept()), 'unknown');
    });

  it('is not taken from what the SSO has not signed', async () => {
    for (const body of [undefined, '', 'x', JSON.stringify({ standing: [{ scopes: ['system/*.cruds'] }] })]) {
      const standings = open();
      answers = () => body;
      await standings.ask([kept()]);
      assert.equal(standings.of(kept()), 'unknown');
    }
  });

  it('is asked once for the same rights, and in parts of 500', async () => {
    const standings = open();
    const many = Array.from({ length: 1_201 }, (_, n) => kept(words, { clientId: `c${n}`, subject: `c${n}` }));
    await Promise.all([standings.ask([...many, ...many]), standings.ask(many)]);
    assert.deepEqual(asked.map(({ owners }) => owners.length).sort(), [201, 500, 500]);
    assert.ok(many.every((one) => standings.of(one) !== 'unknown'));
    await standings.ask(many);
    assert.equal(asked.length, 3, 'an answer is good for a while');
    const long = Array.from({ length: 60 }, (_, n) => `system/Observation.rs?code=${'x'.repeat(1_000)}${n}`);
    const large = Array.from({ length: 20 }, (_, n) => kept({ scopes: long }, { clientId: `l${n}`, subject: `l${n}` }));
    await standings.ask(large);
    assert.deepEqual(
      asked
        .slice(3)
        .map(({ owners }) => owners.length)
        .sort(),
      [4, 8, 8],
    );
  });

  it('is known for a while without the SSO, and then no more', async () => {
    const standings = open({ every: 0, patience: 1_500 });
    const access = kept();
    await standings.ask([access]);
    answers = () => undefined;
    await standings.ask([access]);
    assert.notEqual(standings.of(access), 'unknown');
    await delay(1_600);
    await standings.ask([access]);
    assert.equal(standings.of(access), 'unknown');
    answers = (question) => signed(question);
    await standings.ask([access]);
    assert.notEqual(standings.of(access), 'unknown');
  });

  it('is over where the SSO answers for as long, and cannot tell', async () => {
    const standings = open({ every: 0, patience: 300 });
    answers = (question) => signed(question, { standing: () => ({ unknown: true }) });
    const access = kept();
    await standings.ask([access]);
    assert.equal(standings.of(access), 'unknown');
    await delay(400);
    assert.equal(standings.of(access), 'unknown', 'it was not asked since');
    await standings.ask([access]);
    assert.deepEqual(standings.of(access), { ended: 'untold' });
    answers = (question) => signed(question);
    await standings.ask([access]);
    assert.equal(standings.of(access), access);
  });

  it('is asked at once when the SSO has revoked something of it since', async () => {
    const standings = open();
    const access = kept();
    await standings.ask([access]);
    revokedAt = Date.now() + 50;
    try {
      assert.equal(standings.of(access), 'unknown');
      await standings.ask([access]);
      assert.equal(standings.of(access), 'unknown', 'an answer from before the revocation');
      await delay(100);
      await standings.ask([access]);
      assert.notEqual(standings.of(access), 'unknown');
      assert.equal(asked.length, 3);
    } finally {
      revokedAt = -Infinity;
    }
  });

  it('of a new token is what the token says', async () => {
    answers = () => undefined;
    const access = kept(words, { token: { issuedAt: Date.now(), subjects: [] } });
    const standings = open();
    await standings.ask([access]);
    assert.equal(standings.of(access), access);
    assert.equal(asked.length, 0);
  });
});
