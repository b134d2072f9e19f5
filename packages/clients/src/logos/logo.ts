/**
 * The picture of a client. It is stored and served here: a browser on a sign-in page sends no request to another host, and no other host
 * can change the picture later.
 */
import { createHash } from 'node:crypto';
import { faultForStrangers, type Outbound } from '@dhp/outbound';
import { ClientError } from '../fields/client-error.ts';

export interface Logo {
  /** Hash of its bytes, in hexadecimal. */
  sha256: string;
  mediaType: 'image/png' | 'image/jpeg' | 'image/webp';
  content: Buffer;
}

export const logoPath = '/client-logos';

/** Size that a page on a poor telephone can bear beside its text. */
const maxBytes = 40 * 1024;

/** Media types are recognised by the first bytes, not by the sender's word. SVG is not accepted, because it is a program. */
const kinds = [
  {
    mediaType: 'image/png',
    begins: (bytes: Buffer) => bytes.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n',
  },
  { mediaType: 'image/jpeg', begins: (bytes: Buffer) => bytes.subarray(0, 3).toString('latin1') === '\xff\xd8\xff' },
  {
    mediaType: 'image/webp',
    begins: (bytes: Buffer) => /^RIFF[^]{4}WEBP/.test(bytes.subarray(0, 12).toString('latin1')),
  },
] as const;

/** @throws ClientError if it is not a picture of a supported kind, or too large */
export function logoOf(content: Buffer): Logo {
  if (content.length > maxBytes) throw wrong(`has more than ${String(maxBytes / 1024)} KiB`);
  const kind = kinds.find(({ begins }) => begins(content));
  if (kind === undefined) throw wrong('is neither a PNG, a JPEG nor a WebP picture');
  return { sha256: createHash('sha256').update(content).digest('hex'), mediaType: kind.mediaType, content };
}

/**
 * @param uri `data:image/png;base64,…`, or an https address, which is fetched once through the guard of outbound requests
 * @throws ClientError that describes the fault
 */
export async function readLogo(uri: string, outbound: Outbound | undefined): Promise<Logo> {
  const [, data] = /^data:image\/(?:png|jpeg|webp);base64,([A-Za-z0-9+/]+={0,2})$/.exec(uri) ?? [];
  if (data !== undefined) return logoOf(Buffer.from(data, 'base64'));
  if (outbound === undefined || !/^https?:\/\//.test(uri)) {
    throw wrong('is neither data:image/png;base64,… nor an https address');
  }
  const { status, bytes } = await outbound(uri, { method: 'GET', headers: { accept: 'image/*' }, maxBytes }).catch(
    (error: unknown) => {
      throw wrong(`cannot be fetched: ${faultForStrangers(error)}`);
    },
  );
  if (status !== 200) throw wrong(`cannot be fetched: ${uri} answered ${String(status)}`);
  return logoOf(bytes);
}

function wrong(what: string): ClientError {
  return new ClientError('invalid-logo', `logo ${what}`);
}
