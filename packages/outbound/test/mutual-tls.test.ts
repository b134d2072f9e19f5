/** Receivers that require a certificate recognise the server by its configured one, and further authorities are trusted. */
import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { after, describe, it } from 'node:test';
import { selfSigned } from '../../../tests/checklist/certificate.ts';
import { createOutbound, openKeptOutbound, type OutboundOptions } from '../src/outbound.ts';

const own = selfSigned('localhost');
const platform = selfSigned('platform.example');
const stranger = selfSigned('stranger.example');
const server = createServer(
  { key: own.key, cert: own.cert, requestCert: true, rejectUnauthorized: true, ca: platform.cert },
  (request, response) => {
    // A reused connection has identified itself once.
    const { socket } = request;
    assert.ok(socket instanceof TLSSocket);
    response.end(String(socket.getPeerCertificate().subject.CN));
  },
);
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const host = `localhost:${String((server.address() as AddressInfo).port)}`;
after(() => {
  server.closeAllConnections();
  server.close();
});

const options = (tls?: OutboundOptions['tls']): OutboundOptions => ({ allowedHosts: [host], tls });
const given = { certificate: platform.cert, key: platform.key, authorities: own.cert };
const post = { method: 'POST', body: '{}' } as const;

describe('mutual TLS', () => {
  it('shows the certificate to a receiver that asks for one, over connections that are kept and others', async () => {
    const { outbound, close } = openKeptOutbound(options(given));
    try {
      for (let n = 0; n < 3; n += 1) assert.equal((await outbound(`https://${host}/`, post)).body, 'platform.example');
      // An ended connection is made again, with the certificate.
      server.closeIdleConnections();
      assert.equal((await outbound(`https://${host}/`, post)).body, 'platform.example');
    } finally {
      close();
    }
    assert.equal((await createOutbound(options(given))(`https://${host}/`, post)).body, 'platform.example');
  });

  it('reaches nobody without it, with that of somebody else, or without trust in the receiver', async () => {
    const wrong: OutboundOptions['tls'][] = [
      undefined,
      { authorities: own.cert },
      { ...given, certificate: stranger.cert, key: stranger.key },
      { certificate: platform.cert, key: platform.key },
    ];
    for (const tls of wrong)
      await assert.rejects(createOutbound(options(tls))(`https://${host}/`, post), { name: 'OutboundError' });
  });

  it('is refused at once with a key that is none of the certificate', () => {
    assert.throws(() => openKeptOutbound(options({ ...given, key: stranger.key })), /key values mismatch/);
  });
});
