/**
 * Encryption of a connection, by libpq's `sslmode`, except for the default: `verify-full` for a server on another machine, where libpq's
 * `prefer` would send passwords and health data unencrypted to anybody who answers there.
 * https://www.postgresql.org/docs/current/libpq-ssl.html
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import { DatabaseUrlError, isLocalHost, type DatabaseAddress, type SslMode } from './address.ts';

/** The mode of an address: that of its URL, otherwise `disable` on this machine and the strictest to another. */
export function sslModeOf({ host, sslMode, sslRootCertificate }: DatabaseAddress): SslMode {
  if (host.startsWith('/')) return 'disable'; // TLS is not spoken over Unix sockets
  if (sslMode !== undefined) return sslMode;
  return isLocalHost(host) && sslRootCertificate === undefined ? 'disable' : 'verify-full';
}

/**
 * The driver's `ssl` option: false for none, `prefer` if a server without TLS is accepted too, otherwise the options of the handshake.
 * @throws DatabaseUrlError if a file that the URL names cannot be read
 */
export function tlsOf(address: DatabaseAddress): false | 'prefer' | ConnectionOptions {
  const mode = sslModeOf(address);
  if (mode === 'disable') return false;
  // The driver then encrypts without verifying; libpq's `allow` would try without encryption first, which is not better.
  if (mode === 'allow' || mode === 'prefer') return 'prefer';
  const { host, sslRootCertificate, sslCertificate, sslKey, sslKeyPassword } = address;
  const files = {
    ...(sslRootCertificate !== undefined &&
      sslRootCertificate !== 'system' && { ca: read('sslrootcert', sslRootCertificate) }),
    ...(sslCertificate !== undefined && { cert: read('sslcert', sslCertificate) }),
    ...(sslKey !== undefined && { key: read('sslkey', sslKey) }),
    ...(sslKeyPassword !== undefined && { passphrase: sslKeyPassword }),
  };
  // As in libpq, with a root certificate `require` verifies that the server's certificate is issued by it.
  if (mode === 'require' && sslRootCertificate === undefined) return { ...files, rejectUnauthorized: false };
  return {
    ...files,
    rejectUnauthorized: true,
    ...(isIP(host) === 0 && { servername: host }),
    checkServerIdentity: (_name, certificate) =>
      mode === 'verify-full' ? checkServerIdentity(host, certificate) : undefined,
  };
}

function read(parameter: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatabaseUrlError(`has ${parameter}=${file}, which cannot be read: ${reason}`);
  }
}

/** Codes of OpenSSL's verification, as Node reports them, and of a name that does not match the certificate. */
const unverified =
  /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_|INVALID_CA|HOSTNAME_MISMATCH|PATH_LENGTH_|INVALID_PURPOSE)/;

/** Returns a sentence of advice about a connection that TLS refused; undefined for other errors. */
export function tlsAdvice(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'TLS_NOT_OFFERED')
    return 'Switch TLS on in the server (ssl = on), or, where nobody else can reach the network between, say sslmode=disable in DATABASE_URL.';
  if (unverified.test(code))
    return 'Name the certificate of its authority with sslrootcert=FILE in DATABASE_URL and the host as the certificate has it; sslmode=verify-ca leaves the name out, sslmode=require verifies nothing.';
  return undefined;
}
