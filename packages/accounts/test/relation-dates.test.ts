/** Dates of a relation without a time are of the time zone that the platform is set to. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, it } from 'node:test';
import { fhirPatients, type Patients } from '../src/records.ts';

const relation = {
  ...{ resourceType: 'RelatedPerson', id: 'mother', active: true, patient: { reference: 'Patient/child' } },
  period: { start: '2026-03-01', end: '2026-03-01' },
};
const stored: Readonly<Record<string, object>> = {
  '/RelatedPerson/mother': relation,
  '/Patient/child': { resourceType: 'Patient', id: 'child', active: true },
};
const server = createServer((request, response) => {
  response.end(JSON.stringify(stored[request.url ?? ''] ?? assert.fail(request.url)));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
after(() => {
  server.close();
  server.closeAllConnections();
});
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function patients(at: string, timeZone?: string): Patients {
  return fhirPatients({
    ...{ issuer: 'https://sso.example', clock: () => new Date(at), timeZone },
    environments: { playground: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` },
    keys: { signing: () => ({ kid: 'one', privateKey }) } as never,
  });
}

for (const [timeZone, first, last] of [
  ['Asia/Tashkent', '2026-02-28T19:00:00Z', '2026-03-01T18:59:59Z'],
  [undefined, '2026-02-28T19:00:00Z', '2026-03-01T18:59:59Z'],
  ['Asia/Tokyo', '2026-02-28T15:00:00Z', '2026-03-01T14:59:59Z'],
  ['America/New_York', '2026-03-01T05:00:00Z', '2026-03-02T04:59:59Z'],
] as const) {
  it(`a relation of one day counts on that day of ${timeZone ?? 'no zone, which is that of Tashkent'}`, async () => {
    const at = (time: string, milliseconds = 0): Promise<string | undefined> => {
      const moment = new Date(Date.parse(time) + milliseconds).toISOString();
      return patients(moment, timeZone).representedBy('playground', 'mother');
    };
    assert.equal(await at(first, -1), undefined, 'the evening before');
    assert.equal(await at(first), 'child');
    assert.equal(await at(last), 'child');
    assert.equal(await at(last, 1_000), undefined, 'the next morning');
  });
}
