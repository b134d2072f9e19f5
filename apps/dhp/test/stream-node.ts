/** A process that passes changes on to NATS until it is killed. Arguments: database, port of NATS, name, stream. */
import { openStore } from '@dhp/fhir-store';
import { openNats } from '../src/stream/nats.ts';
import { publishChanges } from '../src/stream/publisher.ts';

const [url = '', port = '', name = '', stream = ''] = process.argv.slice(2);
const store = await openStore({ url, timeZone: 'Asia/Tashkent' });
publishChanges({
  ...{ store, name, types: ['Basic', 'Patient'], from: 'beginning' as const },
  open: () => openNats({ servers: [new URL(`nats://127.0.0.1:${port}`)], stream, prefix: name }),
  told: () => undefined,
  pace: { lease: 500, idle: 50, first: 50, longest: 200 },
});
process.stdout.write('ready\n');
