/** Answers of the operators' pages: a page, a redirect, a file, or the failure of an act. */
import type { FastifyReply } from 'fastify';
import { AccountError } from '@dhp/accounts';
import { AdminError } from '@dhp/sso-kit/input';
import { DutyError } from '../acts/duty-error.ts';
import { AdministrationError } from '@dhp/sso-kit';
import { ClientError } from '@dhp/clients/fields';
import { contentSecurityPolicy } from '@dhp/sso-pages';
import { failedPage, type OperatorPageOptions } from '../pages/frame.ts';
import { operatorStyle } from '../pages/operator-style.ts';
import { PolicyError } from '@dhp/accounts/policies';
import type { Language } from '@dhp/negotiation';

export interface Answer {
  page?: string;
  status?: number;
  /** Or another page. */
  goTo?: string;
  /** Or a file to keep. */
  download?: { name: string; type: string; body: string };
}

export function send(reply: FastifyReply, language: Language, answer: Answer): FastifyReply {
  const { page, status = 200, goTo: address, download } = answer;
  if (address !== undefined) return goTo(reply, address);
  if (download !== undefined) {
    return reply
      .header('Content-Disposition', `attachment; filename="${download.name}"`)
      .header('Cache-Control', 'no-store')
      .type(download.type)
      .send(download.body);
  }
  return reply
    .code(status)
    .header('Content-Security-Policy', contentSecurityPolicy({ forms: 'self', moreStyle: operatorStyle }))
    .header('Content-Language', language)
    .header('Cache-Control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(page);
}

export function goTo(reply: FastifyReply, address: string): FastifyReply {
  return reply.header('Cache-Control', 'no-store').redirect(address, 303);
}

/** @throws what is no failure of the act */
export function failureOf(error: unknown, options: OperatorPageOptions): Answer {
  const back = options.address.split('?', 1)[0]!;
  // query_canceled: the statement took longer than such a page may.
  if ((error as { code?: unknown }).code === '57014')
    return { page: failedPage(options, undefined, back), status: 400 };
  if (!isExpected(error)) throw error;
  return {
    page: failedPage(options, error.message, back),
    status: error instanceof DutyError ? 403 : isUnknown(error) ? 404 : 400,
  };
}

export function isUnknown(error: object): boolean {
  return 'kind' in error && /^unknown-/.test(String(error.kind));
}

export function isExpected(
  error: unknown,
): error is AdminError | DutyError | AdministrationError | ClientError | AccountError | PolicyError {
  return [AdminError, DutyError, AdministrationError, ClientError, AccountError, PolicyError].some(
    (kind) => error instanceof kind,
  );
}

/** Returns the kind of a failure, for the words of the page. */
export function kindOf(error: object): string {
  if ('kind' in error) return String(error.kind);
  return error instanceof PolicyError ? 'invalid-policy' : 'invalid-value';
}
