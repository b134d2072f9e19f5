/**
 * A test OneID: it behaves like the real one, and lets the visitor choose who to be. For tests and for the playground; it proves no
 * identity, so it is never part of production.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { contentSecurityPolicy, page } from '@dhp/sso-pages';
import { acceptForms, markup } from '@dhp/web-kit';
import { chooseLanguage } from '@dhp/negotiation';
import { askedLanguage } from '@dhp/sso-pages/answers';
import { testOneidMessages } from '../texts/test-oneid.ts';

export interface TestCitizen {
  pinfl: string;
  firstName: string;
  surname: string;
  /** Heading under which the citizen is listed: the kind of the record in the playground that has the PINFL. */
  is: 'patient' | 'health-worker';
  /** Id of that record. */
  id: string;
  /** Id of the last Encounter of a patient. */
  encounter?: string | undefined;
}

export const testOneIdPath = '/test-oneid';

const groups = ['patient', 'health-worker'] as const;

type Use = 'code' | 'token';
/** Lifetime of codes and tokens in milliseconds. */
const lifetime = 3_600_000;

interface TestOneId {
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  citizens: readonly TestCitizen[];
}

export function addTestOneId(app: FastifyInstance, o: TestOneId): void {
  app.get<{ Querystring: Query }>(testOneIdPath, (request, reply) => {
    const { client_id: clientId, redirect_uri: redirectUri, response_type: type, as } = request.query;
    if (clientId !== o.clientId || redirectUri !== o.redirectUri || type !== 'one_code') {
      return reply.code(400).send({ error: 'invalid_request' });
    }
    const chosen = o.citizens.find(({ pinfl }) => pinfl === as);
    if (chosen === undefined) return showCitizens(o, request, reply);
    const answer = { code: issue(o, 'code', chosen), state: request.query['state'] ?? '' };
    return reply.redirect(`${redirectUri}?${new URLSearchParams(answer).toString()}`, 303);
  });

  const used = new Set<string>();
  void app.register((scope, _options, done) => {
    acceptForms(scope);
    scope.post<{ Body: URLSearchParams }>(testOneIdPath, (request, reply) => {
      const { body } = request;
      if (body.get('client_id') !== o.clientId || body.get('client_secret') !== o.clientSecret) {
        return reply.code(401).send({ error: 'invalid_client' });
      }
      const code = body.get('code') ?? '';
      const citizen = used.has(code) ? undefined : read(o, 'code', code);
      if (used.size > 1000) used.clear();
      used.add(code);
      if (body.get('grant_type') === 'one_authorization_code' && citizen !== undefined) {
        const token = issue(o, 'token', citizen);
        return reply.send({ scope: body.get('scope'), access_token: token, expires_in: Date.now() + lifetime });
      }
      const known = read(o, 'token', body.get('access_token') ?? '');
      if (body.get('grant_type') !== 'one_access_token_identify' || known === undefined) {
        return reply.code(400).send({ error: 'invalid_grant' });
      }
      return reply.send(identityOf(known));
    });
    done();
  });
}

type Query = Record<string, string | undefined>;

/** Answers with the page at which the visitor chooses a person. */
function showCitizens(
  o: TestOneId,
  request: FastifyRequest<{ Querystring: Query }>,
  reply: FastifyReply,
): FastifyReply {
  const language = askedLanguage(request) ?? chooseLanguage(request.headers['accept-language'], 'uz');
  const asked = {
    client_id: o.clientId,
    redirect_uri: o.redirectUri,
    response_type: 'one_code',
    state: request.query['state'] ?? '',
  };
  const link = (more: Record<string, string>): string => `?${new URLSearchParams({ ...asked, ...more }).toString()}`;
  const text = testOneidMessages[language];
  const people = groups.map((group) => {
    const rows = o.citizens
      .filter(({ is }) => is === group)
      .map(
        ({ pinfl, firstName, surname }) =>
          markup`<li><a class="button other pick" href="${link({ as: pinfl })}"><span><strong>${firstName} ${surname}</strong><small>${pinfl}</small></span></a></li>`,
      );
    return rows.length === 0 ? markup`` : markup`<h2>${text[group]}</h2><ul>${rows}</ul>`;
  });
  const main = markup`<h1>OneID (test)</h1><p class="quiet">${text.ask}</p>${people}`;
  return reply
    .header('Content-Security-Policy', contentSecurityPolicy())
    .header('Cache-Control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(page({ language, title: 'OneID (test)', main, languageLink: (other) => link({ ui_locales: other }) }));
}

/** Codes and tokens contain their person: another process of this server may receive one that this process has issued. */
function issue(o: TestOneId, use: Use, { pinfl }: TestCitizen): string {
  const content = `${randomBytes(12).toString('hex')}.${pinfl}.${String(Date.now() + lifetime)}`;
  return `${content}.${macOf(o, use, content).toString('hex')}`;
}

/** Returns the person for whom a code or token was issued; undefined if it was not issued here or has expired. */
function read(o: TestOneId, use: Use, text: string): TestCitizen | undefined {
  const [, content, pinfl, until, mac = ''] = /^([0-9a-f]{24}\.(\d+)\.(\d+))\.([0-9a-f]{64})$/.exec(text) ?? [];
  if (content === undefined || Number(until) < Date.now()) return undefined;
  if (!timingSafeEqual(Buffer.from(mac, 'hex'), macOf(o, use, content))) return undefined;
  return o.citizens.find((one) => one.pinfl === pinfl);
}

function macOf({ clientSecret }: TestOneId, use: Use, content: string): Buffer {
  return createHmac('sha256', clientSecret).update(`${use}.${content}`).digest();
}

/** Returns the same data about a citizen as the real OneID. */
function identityOf({ pinfl, firstName, surname }: TestCitizen): object {
  return {
    valid: 'true',
    pin: pinfl,
    user_id: `test${pinfl}`,
    full_name: `${surname} ${firstName}`,
    first_name: firstName,
    sur_name: surname,
    user_type: 'I',
    auth_method: 'LOGINPASSMETHOD',
    ret_cd: '0',
  };
}
