/**
 * The person's own name, e-mail address, and closing the account. Each needs a sign-in of the last minutes, with the second factor if the
 * person has one. Only the links that revert something work without a sign-in, since their user may have lost the account.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { nameKeeperOf, renameOwn, reopenPath, undoEmailPath, type Closing, type EmailChange } from '@dhp/accounts/own';
import type { Language } from '@dhp/negotiation';
import { contentSecurityPolicy } from '@dhp/sso-pages';
import { pageLanguage, rememberLanguage } from '@dhp/sso-pages/answers';
import { acceptForms, isSameKey } from '@dhp/web-kit';
import { closedPage, closePath, closingPage } from '../pages/closing-pages.ts';
import { forgottenPath } from '../pages/password-pages.ts';
import {
  confirmEmailPage,
  deadLinkPage,
  doneByLinkPage,
  editPage,
  editPath,
  linkPage,
  ownNotices,
  type OwnNotice,
} from '../pages/own-pages.ts';
import { confirmPath } from '../own-client.ts';
import { accountMessages } from '../texts/account.ts';
import { ownMessages } from '../texts/own.ts';
import { passwordMessages } from '../texts/password.ts';
import type { AccountController, AccountOptions, AccountRequest, AccountContext } from './controller.ts';

export interface OwnOptions extends AccountOptions {
  closing: Closing;
  /** Absent if no messages are sent. */
  emailChange: EmailChange | undefined;
}

type LinkRequest = FastifyRequest<{ Querystring: { token?: unknown } }>;

export function addOwnAccount(app: FastifyInstance, o: OwnOptions, controller: AccountController): void {
  const { send, signIn, contextOf, isFresh, back } = controller;

  /** The visitor, if recently signed in; otherwise the redirect to the sign-in was sent and the result is undefined. */
  async function fresh(
    request: AccountRequest,
    reply: FastifyReply,
    path: string,
  ): Promise<AccountContext | undefined> {
    const context = await contextOf(request, reply);
    if (context?.account.isTest === true) void back(reply, 'security', 'test-person');
    else if (context !== undefined && isFresh(context.session)) return context;
    else void signIn(reply, path, context !== undefined);
    return undefined;
  }

  async function showEdit(
    context: AccountContext,
    own: OwnNotice | undefined,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const keeper = await nameKeeperOf(o.sql, context.account.accountId);
    const systemName = (id: string): string => o.upstreams.list.find((one) => one.id === id)?.name ?? id;
    const canConfirm = o.emailChange !== undefined;
    const page = editPage(context.account, { ...context.options, keeper, systemName, canConfirm, own });
    return send(
      reply.code(own === undefined || own === 'confirmed' || own === 'sent' ? 200 : 400),
      context.options,
      page,
    );
  }

  app.get(editPath, async (request: AccountRequest, reply) => {
    const context = await fresh(request, reply, editPath);
    if (context === undefined) return reply;
    const own = ownNotices.find((one) => one === (request.query as { own?: unknown }).own);
    return showEdit(context, own === 'confirmed' || own === 'sent' ? own : undefined, reply);
  });

  app.get(closePath, async (request: AccountRequest, reply) => {
    const context = await fresh(request, reply, closePath);
    return context === undefined ? reply : showClosing(o, context, controller, reply);
  });

  addConfirming(app, o, controller);
  addFormsOf(app, o, controller, { fresh, showEdit });
  addLinks(app, o);
}

/** The link that went to a new address. */
function addConfirming(app: FastifyInstance, o: OwnOptions, controller: AccountController): void {
  const { send, goTo, signIn, contextOf, holdOf, act } = controller;
  app.get(confirmPath, async (request: AccountRequest, reply) => {
    const { token } = request.query as { token?: unknown };
    const context = await contextOf(request, reply);
    if (context === undefined) return signIn(reply, `${confirmPath}?token=${typeof token === 'string' ? token : ''}`);
    const email = typeof token === 'string' ? await o.emailChange?.asked(context.account.accountId, token) : undefined;
    if (email === undefined) return send(reply.code(400), context.options, deadLinkPage(context.options.language));
    const page = confirmEmailPage(context.account, {
      ...context.options,
      email,
      token: String(token),
      path: confirmPath,
    });
    return send(reply, context.options, page);
  });

  void app.register((scope, _options, done) => {
    acceptForms(scope);
    scope.post(confirmPath, async (request: AccountRequest, reply) => {
      const context = await contextOf(request, reply);
      const form = request.body as URLSearchParams;
      // The value comes from an address and may be anything.
      const token = (form.get('token') ?? '').slice(0, 100);
      if (context === undefined || !isSameKey(form.get('csrf') ?? '', context.options.csrf)) {
        return signIn(reply, `${confirmPath}?${new URLSearchParams({ token }).toString()}`);
      }
      return act(reply, '/account', async () => {
        const { session, account, options } = context;
        const { language } = options;
        const isDone = await o.emailChange?.confirm(account.accountId, token, language, holdOf(session));
        return isDone === true
          ? goTo(reply, `${editPath}?own=confirmed`)
          : send(reply.code(400), options, deadLinkPage(language));
      });
    });
    done();
  });
}

/** Forms that need a recent sign-in. */
function addFormsOf(
  app: FastifyInstance,
  o: OwnOptions,
  controller: AccountController,
  of: {
    fresh: (request: AccountRequest, reply: FastifyReply, path: string) => Promise<AccountContext | undefined>;
    showEdit: (context: AccountContext, own: OwnNotice | undefined, reply: FastifyReply) => Promise<FastifyReply>;
  },
): void {
  const { send, goTo, signIn, holdOf, act } = controller;
  void app.register((scope, _options, done) => {
    acceptForms(scope);
    scope.post(editPath, async (request: AccountRequest, reply) => {
      const context = await of.fresh(request, reply, editPath);
      if (context === undefined) return reply;
      const form = request.body as URLSearchParams;
      const { accountId } = context.account;
      if (!isSameKey(form.get('csrf') ?? '', context.options.csrf)) return signIn(reply, editPath);
      if (form.get('step') === 'name') {
        const isDone = await renameOwn(o.sql, accountId, form.get('name') ?? '', o.clock());
        return isDone ? goTo(reply, '/account?notice=done') : of.showEdit(context, 'badName', reply);
      }
      return act(reply, editPath, async () => {
        const { session, options } = context;
        const hold = holdOf(session);
        const asked = await o.emailChange?.ask(accountId, form.get('email') ?? '', options.language, hold);
        if (asked === 'sent' || asked === undefined) return goTo(reply, `${editPath}?own=${asked ?? ''}`);
        return of.showEdit(context, asked, reply);
      });
    });
    scope.post(closePath, async (request: AccountRequest, reply) => {
      const context = await of.fresh(request, reply, closePath);
      if (context === undefined) return reply;
      const form = request.body as URLSearchParams;
      const { language } = context.options;
      if (!isSameKey(form.get('csrf') ?? '', context.options.csrf)) return signIn(reply, closePath);
      if (!isTyped(form.get('word') ?? '', ownMessages[language].word)) {
        return showClosing(o, context, controller, reply.code(400), true);
      }
      return act(reply, closePath, async () => {
        const closed = await o.closing.close(context.account.accountId, language, holdOf(context.session));
        if (closed === undefined) return showClosing(o, context, controller, reply.code(409));
        const { until, link } = closed;
        const page = closedPage({ ...context.options, until, ...(o.closing.days > 0 && { link }) });
        return send(reply, context.options, page);
      });
    });
    done();
  });
}

async function showClosing(
  o: OwnOptions,
  { account: { accountId }, options }: AccountContext,
  { send }: AccountController,
  reply: FastifyReply,
  isWrong = false,
): Promise<FastifyReply> {
  const found = await o.closing.consequencesFor(accountId);
  const named = await o.organizations.named(found.offices, options.language);
  const nameOf = new Map(named.map(({ organization, name }) => [organization, name]));
  const placeOf = (id: string): string => nameOf.get(id) ?? `Organization/${id}`;
  return send(reply, options, closingPage(found, { ...options, days: o.closing.days, placeOf, isWrong }));
}

/** Compares only letters: keyboards produce various characters for the Uzbek apostrophe. */
function isTyped(given: string, word: string): boolean {
  const letters = (text: string): string => text.toLowerCase().replace(/[^\p{Ll}]/gu, '');
  return letters(given) === letters(word);
}

/** Pages behind links that revert something. Viewing one changes nothing: programs that check mail open links, too. */
function addLinks(app: FastifyInstance, o: OwnOptions): void {
  const answer = (request: FastifyRequest, reply: FastifyReply, page: (language: Language) => string): FastifyReply => {
    const language = pageLanguage(request, o.defaultLanguage);
    rememberLanguage(request, reply, o.issuer.startsWith('https:'));
    return reply
      .header('Content-Security-Policy', contentSecurityPolicy({ forms: 'self' }))
      .header('Content-Language', language)
      .header('Cache-Control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(page(language));
  };
  const links = [
    { path: undoEmailPath, can: o.emailChange?.canUndo, act: o.emailChange?.undo, ask: undoQuestion, done: undonePage },
    { path: reopenPath, can: o.closing.canReopen, act: o.closing.reopen, ask: reopenQuestion, done: reopenedPage },
  ];
  for (const { path, can, act, ask, done } of links) {
    app.get(path, async (request: LinkRequest, reply) => {
      const { token } = request.query;
      if (typeof token !== 'string' || (await can?.(token)) !== true)
        return answer(request, reply.code(400), deadLinkPage);
      return answer(request, reply, (language) => linkPage(language, { path, token, ...ask(language) }));
    });
    void app.register((scope, _options, ready) => {
      acceptForms(scope);
      scope.post(path, async (request: FastifyRequest<{ Body: URLSearchParams }>, reply) => {
        const isDone = (await act?.(request.body.get('token') ?? '')) === true;
        return isDone ? answer(request, reply, done) : answer(request, reply.code(400), deadLinkPage);
      });
      ready();
    });
  }
}

interface Question {
  title: string;
  hint: string;
  button: string;
}

function undoQuestion(language: Language): Question {
  const text = ownMessages[language];
  return { title: text.undoTitle, hint: text.undoHint, button: text.undo };
}

function reopenQuestion(language: Language): Question {
  const text = ownMessages[language];
  return { title: text.reopenTitle, hint: text.reopenHint, button: text.reopen };
}

function undonePage(language: Language): string {
  const text = ownMessages[language];
  const next = { href: forgottenPath, label: passwordMessages[language].title };
  return doneByLinkPage(language, { title: text.undone, hint: text.undoneHint, next });
}

function reopenedPage(language: Language): string {
  const text = ownMessages[language];
  const next = { href: '/account', label: accountMessages[language].title };
  return doneByLinkPage(language, { title: text.reopened, hint: text.reopenHint, next });
}
