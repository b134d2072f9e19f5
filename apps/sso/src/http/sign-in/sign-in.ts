/** The addresses at which a person signs in and consents. Who is at the form is known by the cookie of the engine. */
import type { FastifyInstance } from 'fastify';
import { signInPath } from '../../engine/engine.ts';
import { allowsMethod } from '../../engine/sign-in-methods.ts';
import type { SignIn } from '../../engine/sign-in.ts';
import { consentPage } from '../../pages/sign-in-pages.ts';
import { addingConsent } from '../../store/consents.ts';
import { change } from '@dhp/sso-kit/request';
import { upstreamPath } from '@dhp/accounts/identity-systems';
import { connectPath, ownClientId } from '../account/own-client.ts';
import { refuseOtherMethods } from '../errors.ts';
import { acceptForms, isSameKey } from '@dhp/web-kit';
import { rememberLanguage } from '../page-language.ts';
import { openDesk, type SignInOptions } from './desk.ts';
import { loginSteps } from './login.ts';
import { patientChoice } from './patient-choice.ts';

interface Form {
  Params: { uid: string };
  Querystring: { ui_locales?: unknown };
  Body: URLSearchParams;
}

export function addSignIn(app: FastifyInstance, o: SignInOptions): void {
  const desk = openDesk(o);
  const { csrfOf, optionsOf, send, goOn, expired, ended, noteFor, follow } = desk;
  const { beginLogin, showLogin, login } = loginSteps(o, desk);
  const { choose, followChoice, refuseLaunch } = patientChoice(o, desk);
  const path = `${signInPath}/:uid`;

  async function allow(signIn: SignIn): Promise<string> {
    const { accountId } = signIn.person!.account;
    const { client_id: clientId } = signIn.client;
    const given = { accountId, clientId, scopes: signIn.possible, now: o.clock() };
    await change(o.sql, 'consent', addingConsent(o.sql, given));
    return signIn.finishConsent(signIn.possible);
  }

  app.get<{ Params: { uid: string }; Querystring: { ui_locales?: unknown } }>(path, async (request, reply) => {
    o.beginUnitOfWork();
    const signIn = await o.engine.signIn(request.raw, reply.raw);
    if (signIn === undefined) return ended(request, reply);
    rememberLanguage(request, reply, o.secure);
    const options = optionsOf(request, signIn);
    if (signIn.prompt === 'login') return beginLogin(request, reply, signIn);
    if (signIn.lacks !== undefined) {
      return followChoice(request, reply, signIn, await o.choosePatient.begin(signIn, options));
    }
    if (signIn.possible.length === 0) {
      return goOn(reply, await signIn.refuse('Nothing of what was asked for is this person in a position to give.'));
    }
    const refused = await refuseLaunch(request, reply, signIn);
    if (refused !== undefined) return goOn(reply, refused);
    if (signIn.client.client_id === ownClientId) return goOn(reply, await signIn.finishConsent(signIn.possible));
    const allowed = new Set(signIn.allowedBefore);
    if (!signIn.mustAsk && signIn.possible.every((scope) => allowed.has(scope))) {
      return goOn(reply, await signIn.finishConsent(signIn.possible));
    }
    const patient = await o.choosePatient.chosen(signIn);
    return send(reply, options.language, consentPage(signIn, { ...options, patient }), signIn.redirectUri);
  });

  // The cookie of a sign-in or session shows at the address that it goes on to whether it is the same browser.
  app.get<{ Params: { id: string }; Querystring: Record<string, unknown> }>(
    `${upstreamPath}/:id`,
    async (request, reply) => {
      const { state, code } = request.query;
      const made = typeof state === 'string' ? await o.upstreams.ofState(state) : undefined;
      if (made === undefined) return expired(request, reply);
      const query = { from: request.params.id, state: String(state), ...(typeof code === 'string' && { code }) };
      const path = made.purpose === 'connect' ? connectPath : `${signInPath}/${made.uid}`;
      return goOn(reply, `${path}?${new URLSearchParams(query).toString()}`);
    },
  );

  void app.register((scope, _options, done) => {
    acceptForms(scope);
    scope.post<Form>(path, async (request, reply) => {
      o.beginUnitOfWork();
      const signIn = await o.engine.signIn(request.raw, reply.raw);
      const { body } = request;
      if (!isSameKey(body.get('csrf') ?? '', csrfOf(signIn ?? request.params))) return expired(request, reply);
      if (signIn === undefined) return ended(request, reply);
      const clientId = signIn.client.client_id;
      const accountId = signIn.person?.account.accountId;
      const step = body.get('step');

      if (step === 'refuse') {
        o.record({ event: 'consent.refused', clientId, accountId }, request.ip);
        return goOn(reply, await signIn.refuse('The person said no.'));
      }
      // Consent is due only when the record is known: the page before asks for none, but a form can be sent by hand.
      const isDue = signIn.prompt === 'consent' && signIn.lacks === undefined;
      if (step === 'allow' && isDue && signIn.possible.length > 0) {
        const refused = await refuseLaunch(request, reply, signIn);
        if (refused !== undefined) return goOn(reply, refused);
        o.record({ event: 'consent.given', clientId, accountId, scope: signIn.possible.join(' ') }, request.ip);
        return goOn(reply, await allow(signIn));
      }
      const options = optionsOf(request, signIn);
      if (signIn.prompt !== 'login') return choose(request, reply, signIn, options);
      if (step === 'login' && allowsMethod(signIn.client, 'password')) return login(request, reply, signIn);
      const withDevices = { ...options, devices: o.devices.of(request) };
      const next = await o.secondFactor.answer(signIn, body, withDevices, noteFor(request, reply, signIn));
      if (next !== undefined) return follow(reply, signIn, options, next);
      return showLogin(request, reply, signIn, step === 'passkey' ? { because: 'passkey' } : undefined);
    });
    refuseOtherMethods(scope, path, 'GET, HEAD, POST');
    done();
  });
}
