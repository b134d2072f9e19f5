/** Answers for programs that no framework sends. */
import type { ServerResponse } from 'node:http';
import { oauthErrorBody, oauthErrors, withErrorPage, type OAuthErrorKind } from '../refusals/oauth-errors.ts';

/** Sends what no cache may keep. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** @param errorPages the address below which each OAuth error has its page; undefined: errors lead to none */
export function refuseByJson(response: ServerResponse, kind: OAuthErrorKind, errorPages: string | undefined): void {
  const { status } = oauthErrors[kind];
  if (status === 503) response.setHeader('Retry-After', '5');
  sendJson(response, status, withErrorPage(oauthErrorBody(kind), errorPages));
}
