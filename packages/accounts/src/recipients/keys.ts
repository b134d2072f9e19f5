/** Made with the key of the SSO for recipients of mails: names of addresses, and the links that end mails. */
import { createHmac, hkdfSync } from 'node:crypto';
import { equal } from '@dhp/web-kit';

export interface RecipientKeys {
  /**
   * The name under which an address is stored, 32 bytes. Case is ignored in domains, and also in local parts, since nearly all mail servers
   * do so.
   */
  addressHash(address: string): Buffer;
  /** The token of the link that ends the mails of a recipient: the same in each mail, valid as long as the recipient is known. */
  endToken(id: string): string;
  /** The id of the recipient to which a token belongs; undefined for a token that was not made here. */
  idIn(token: string): string | undefined;
}

/** Bytes of the part that shows that a token was made here. */
const proofLength = 16;

export function recipientKeys(encryptionKey: Buffer): RecipientKeys {
  const key = Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso recipients of mails', 32));
  const mac = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const endToken = (id: string): string => {
    const name = Buffer.from(id.replaceAll('-', ''), 'hex');
    return Buffer.concat([name, mac(`end ${id}`).subarray(0, proofLength)]).toString('base64url');
  };
  return {
    addressHash: (address) => mac(`address ${address.toLowerCase()}`),
    endToken,
    idIn(token) {
      const bytes = /^[\w-]{43}$/.test(token) ? Buffer.from(token, 'base64url') : Buffer.alloc(0);
      if (bytes.length !== 16 + proofLength) return undefined;
      const id = bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      return equal(endToken(id), token) ? id : undefined;
    },
  };
}
