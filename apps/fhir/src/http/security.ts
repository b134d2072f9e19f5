/** Header fields of every answer of a FHIR server, against browsers that are made to open one. */

/**
 * An answer is data: a browser must not guess another type, run, frame or leak the address of what it holds. Over https it must not
 * come back without TLS (RFC 6797); the field is left out elsewhere, where it would lock a developer out of localhost.
 */
export function securityHeaders(baseUrl: string): Readonly<Record<string, string>> {
  return {
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    ...(baseUrl.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
  };
}
