/** Targets of requests in absolute form, as a client writes them that believes in a proxy. RFC 9112 section 3.2.2 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { after, before, test } from 'node:test';
import { openEndpoint, type Endpoint } from '../src/endpoint.ts';

let endpoint: Endpoint;
let listener: Server;
before(async () => {
  endpoint = openEndpoint();
  endpoint.attach({
    handler: ({ url, headers, rawHeaders }, response) => {
      const raw = rawHeaders.filter((_, n) => n % 2 === 1 && /^host$/i.test(rawHeaders[n - 1]!));
      response.writeHead(200, { connection: 'close' }).end(`[${url ?? ''} of ${headers.host ?? ''} ${raw.join()}]`);
    },
    refuse: (_error, socket) => void socket.destroy(),
  });
  listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }, endpoint.accept);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
});
after(async () => {
  await endpoint.close(0);
  listener.close();
});

for (const [target, seen] of [
  ['http://a.test/fhir/Patient/1', '/fhir/Patient/1 of a.test a.test'],
  ['HTTPS://a.test:8443/fhir?name=http://b.test/', '/fhir?name=http://b.test/ of a.test:8443 a.test:8443'],
  ['http://[::1]:8080', '/ of [::1]:8080 [::1]:8080'],
  ['http://a.test?x=1', '/?x=1 of a.test a.test'],
  ['/fhir/Patient/1', '/fhir/Patient/1 of other.test other.test'],
  ['/http://a.test/', '/http://a.test/ of other.test other.test'],
  ['//a.test/fhir', '//a.test/fhir of other.test other.test'],
  ['http://user@a.test/fhir', 'http://user@a.test/fhir of other.test other.test'],
  ['http:///fhir', 'http:///fhir of other.test other.test'],
  ['ftp://a.test/fhir', 'ftp://a.test/fhir of other.test other.test'],
] as const)
  test(`the target ${target}`, async () => {
    const socket = connect((listener.address() as AddressInfo).port, '127.0.0.1');
    socket.write(`GET ${target} HTTP/1.1\r\nHost: other.test\r\n\r\n`);
    let text = '';
    for await (const part of socket) text += String(part);
    assert.equal(/\[(.+)\]/.exec(text)?.[1], seen);
  });
