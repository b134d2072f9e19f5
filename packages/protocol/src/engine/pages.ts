/** Pages that the engine shows outside of a sign-in; we provide their templates and it fills in the values. */
import { hash } from 'node:crypto';
import type { EngineContext } from 'oidc-provider';
import { requestState } from '@dhp/sso-kit/request';
import type { Language } from '@dhp/negotiation';
import { contentSecurityPolicy } from '@dhp/sso-pages';
import { answerFault, isFault } from './faults.ts';
import { languageOfContext } from './language-of-context.ts';
import type { EngineOptions } from './options.ts';
import type { EngineForm } from './templates.ts';

/** The same page in another language; undefined if it answers a form. */
function languageLinkOf(ctx: EngineContext): ((language: Language) => string) | undefined {
  if (ctx.method !== 'GET') return undefined;
  const given = Object.entries(ctx.query).flatMap(([name, values]) =>
    [values ?? []].flat().map((value): [string, string] => [name, value]),
  );
  const kept = given.filter(([name]) => name !== 'ui_locales');
  return (language) => `?${new URLSearchParams([...kept, ['ui_locales', language]]).toString()}`;
}

/** A link may carry the user code: it is put into the field, and the person sends it. */
export function rememberUserCode(ctx: EngineContext): void {
  const { user_code: userCode, ...query } = ctx.query;
  if (ctx.method !== 'GET' || typeof userCode !== 'string') return;
  requestState().userCode = userCode.slice(0, 20);
  ctx.query = query;
}

/**
 * Sets the policy of the page that sends an answer to the client by a form (`form_post`), which comes from the engine: it may run only its
 * one script, and caches must not store its code. The target of its form is not limited, since browsers would apply the limit to the
 * client's own redirect too.
 */
export function guardAnswerForm(ctx: EngineContext): void {
  // The context exists once the engine has begun processing the request.
  const oidc = ctx.oidc as EngineContext['oidc'] | undefined;
  const [, script] =
    typeof ctx.body === 'string' ? (/^<!DOCTYPE html>[^]*?<script>([^]*?)<\/script>/.exec(ctx.body) ?? []) : [];
  if (oidc?.params?.['response_mode'] !== 'form_post' || script === undefined) return;
  const hashed = hash('sha256', script, 'base64');
  const policy = `default-src 'none'; script-src 'sha256-${hashed}'; base-uri 'none'; frame-ancestors 'none'`;
  ctx.set('Content-Security-Policy', policy);
  ctx.set('Cache-Control', 'no-store');
}

type Policy = Parameters<typeof contentSecurityPolicy>[0];

export interface EnginePages {
  userCode: (ctx: EngineContext, form: string, out?: unknown, error?: Error) => void;
  confirmDevice: (
    ctx: EngineContext,
    form: string,
    client: { clientName?: string; clientId: string },
    deviceInfo: unknown,
    userCode: string,
  ) => void;
  /** Whether the answer to this request is that the code does not exist. */
  wasWrongCode: () => boolean;
  tooManyCodes: (ctx: EngineContext) => void;
  deviceDone: (ctx: EngineContext) => void;
  logout: (ctx: EngineContext) => void;
  /** Asks for confirmation before another person than that of the session continues. */
  anotherPerson: (ctx: EngineContext) => void;
  signedOut: (ctx: EngineContext) => void;
}

/** @param paths to which the forms of a device and of signing out are sent */
export function enginePages(options: EngineOptions, paths: { device: string; logoutConfirm: string }): EnginePages {
  const { languageOf, templates } = options;
  const show = (ctx: EngineContext, make: (language: Language) => string, policy: Policy): void => {
    const language = languageOfContext(ctx, languageOf);
    ctx.type = 'html';
    ctx.set('Content-Language', language);
    ctx.set('Cache-Control', 'no-store');
    ctx.set('Content-Security-Policy', contentSecurityPolicy(policy));
    ctx.body = make(language);
  };
  const withForm = { forms: 'self' } as const;
  const form = (ctx: EngineContext, action = paths.device): Omit<EngineForm, 'language'> => ({
    action,
    xsrf: ctx.oidc.session?.state?.secret ?? '',
    languageLink: languageLinkOf(ctx),
  });

  return {
    userCode(ctx, _form, _out, error) {
      // A person who declined, at the question or at the sign-in, is not asked for a code again.
      if (error?.name === 'AbortedError') {
        show(ctx, templates.deviceEnded, {});
        return;
      }
      if (error !== undefined && isFault(error)) {
        answerFault(ctx, error, options);
        return;
      }
      const failed = error && (error.name === 'InvalidRequest' ? 'lost' : 'wrong');
      if (failed === 'wrong' && ctx.method === 'POST') requestState().isWrongUserCode = true;
      const userCode = requestState().userCode ?? '';
      show(ctx, (language) => templates.userCode({ language, ...form(ctx), userCode, failed }), withForm);
    },
    confirmDevice(ctx, _form, client, _info, userCode) {
      const name = client.clientName ?? client.clientId;
      show(ctx, (language) => templates.confirmDevice({ language, ...form(ctx), client: name, userCode }), withForm);
    },
    wasWrongCode: () => requestState().isWrongUserCode === true,
    tooManyCodes(ctx) {
      ctx.status = 429;
      show(ctx, templates.deviceWait, {});
    },
    deviceDone(ctx) {
      show(ctx, templates.deviceDone, {});
    },
    logout(ctx) {
      const then = ctx.oidc.params?.['post_logout_redirect_uri'];
      // Browsers also apply the policy of a page to the redirect that follows its form.
      const policy = { forms: 'self', redirectUri: typeof then === 'string' ? then : undefined } as const;
      const whole = form(ctx, paths.logoutConfirm);
      // An unregistered address is not shown anywhere, not even in a link to this page.
      const isKnown = ctx.query['post_logout_redirect_uri'] === undefined || then !== undefined;
      const languageLink = isKnown ? whole.languageLink : undefined;
      show(ctx, (language) => templates.logout({ language, ...whole, languageLink }), policy);
    },
    anotherPerson(ctx) {
      const then = ctx.oidc.entities.Interaction?.params['redirect_uri'];
      const policy = {
        forms: 'self',
        redirectUri: typeof then === 'string' ? then : undefined,
        script: templates.goOnScript,
      } as const;
      show(ctx, (language) => templates.anotherPerson({ language, ...form(ctx, paths.logoutConfirm) }), policy);
    },
    signedOut(ctx) {
      show(ctx, (language) => templates.signedOut(language, languageLinkOf(ctx)), {});
    },
  };
}
