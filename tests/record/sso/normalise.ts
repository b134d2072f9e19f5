/** Takes out of the answers of an SSO what differs between two runs: besides what every answer has, tokens, cookies, codes and times. */
import type { Answer } from '../entry.ts';
import { createNormaliser, type Normaliser } from '../normalise.ts';

const jwts = /\b(eyJ[\w-]+)\.(eyJ[\w-]+)\.[\w-]+/g;
/** Tokens, keys and digests. Long names of code are taken for one, too; they are the same each time, and so are their placeholders. */
const opaque = /(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{20,}|\b[0-9a-f]{40,}\b/g;
const userCodes = /\b[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}\b/g;
const epochs = /(?<![\w.-])(\d{10}|\d{13})(?![\w-])/g;
const httpDates = /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g;
const instants = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
/** As pages say when something was: `28.11.2026, 20:05`, `28/11/26`. */
const moments = /\b\d\d[./]\d\d[./]\d{2,4}(?:,? \d\d:\d\d)?|\b\d{1,2}:\d\d\b/g;

/** The secret of an application of codes, in letters and as a picture; its codes; passwords that the server makes. */
const secrets =
  /\b(?:[A-Z2-7]{4} ?){8}(?![A-Za-z0-9])|M\d[\d,hvzM-]{200,}|(?<=\bcode=)\d{6}\b|(?<="password":")[\w-]{16}/g;

/** Milliseconds around now within which a time is no constant: sessions and grants end weeks from now. */
const leeway = 400 * 86_400_000;

export function createSsoNormaliser(): Normaliser {
  const base = createNormaliser();
  const tokens = new Map<string, string>();
  const numbered = (token: string): string => {
    const known = tokens.get(token);
    if (known !== undefined) return known;
    const placeholder = `<token ${String(tokens.size + 1)}>`;
    tokens.set(token, placeholder);
    return placeholder;
  };
  const isNear = (time: number): boolean => Math.abs(time - Date.now()) < leeway;
  const text = (given: string): string =>
    base
      .text(given.replace(jwts, (_, header: string, payload: string) => `<jwt ${plain(header)} ${plain(payload)}>`))
      .replace(httpDates, (date) => (isNear(Date.parse(date)) ? '<date>' : date))
      .replace(instants, (instant) => (isNear(Date.parse(instant)) ? '<time>' : instant))
      .replace(epochs, (digits) => (isNear(Number(digits.padEnd(13, '0'))) ? '<time>' : digits))
      .replace(moments, '<moment>')
      .replace(userCodes, '<user code>')
      .replace(secrets, '<secret>')
      .replace(opaque, numbered);
  return {
    text,
    sent: (given) => base.sent(given),
    answer: ({ status, headers, text: body }: Answer): Answer => ({
      status,
      headers: Object.fromEntries(
        Object.keys(headers)
          .sort()
          .map((name) => [name, text(headers[name]!)]),
      ),
      text: text(body),
    }),
  };
}

function plain(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8');
}
