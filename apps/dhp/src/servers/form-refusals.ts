/** Answers to a form for the portal that is not read: a page for people, an OperationOutcome for programs. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { choosePageLanguage } from '@dhp/negotiation';
import { formMessages } from '../texts/form.ts';

/** Answers 413 for a form with too many bytes, 503 if there is no room for one with a file now; the connection ends. */
export function refuseForm(
  { headers }: IncomingMessage,
  response: ServerResponse,
  refused: { readonly most: number } | 'full',
): void {
  const language = choosePageLanguage(headers['accept-language'], 'uz');
  const texts = formMessages[language];
  const isFull = refused === 'full';
  const [title, text] = isFull
    ? [texts.fullTitle, texts.full]
    : [texts.title, texts.tooLarge({ most: refused.most / 1024 })];
  const isForPeople = /text\/html/i.test(headers.accept ?? '');
  const body = isForPeople
    ? `<!doctype html><html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1><p>${text}</p></html>\n`
    : JSON.stringify({
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'error', code: isFull ? 'throttled' : 'too-long', details: { text } }],
      });
  response.writeHead(isFull ? 503 : 413, {
    'content-type': isForPeople ? 'text/html; charset=utf-8' : 'application/fhir+json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'content-language': language,
    'cache-control': 'no-store',
    connection: 'close',
    ...(isFull && { 'retry-after': '5' }),
  });
  response.end(body);
}
