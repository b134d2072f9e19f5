/** Answers of the operators' pages: a page, a redirect, a file, or the failure of an act. */
import type { FastifyReply } from 'fastify';
import { isActFailure, statusOf } from '../acts/act-failure.ts';
import { contentSecurityPolicy } from '@dhp/sso-pages';
import { failedPage, type OperatorPageOptions } from '../pages/frame.ts';
import { operatorStyle } from '../pages/operator-style.ts';
import type { Language } from '@dhp/negotiation';

export interface Answer {
  page?: string;
  status?: number;
  /** Or another page. */
  goTo?: string;
  /** Or a file to download. */
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

/** @throws the error itself if it is not a failure of the act */
export function failureOf(error: unknown, options: OperatorPageOptions): Answer {
  const back = options.address.split('?', 1)[0]!;
  // query_canceled: the statement exceeded the time limit for such a page.
  if ((error as { code?: unknown }).code === '57014')
    return { page: failedPage(options, undefined, back), status: 400 };
  if (!isActFailure(error)) throw error;
  return { page: failedPage(options, error.message, back), status: statusOf(error) };
}
