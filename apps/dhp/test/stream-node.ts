/** A process that passes changes on until it is killed. Arguments: database, row, `nats` or `kafka`, port, stream or topic. */
import { openStore } from '@dhp/fhir-store';
import { openKafka } from '../src/stream/kafka.ts';
import { openNats } from '../src/stream/nats.ts';
import { publishChanges } from '../src/stream/publisher.ts';

const [url = '', name = '', to = '', port = '', stream = ''] = process.argv.slice(2);
const store = await openStore({ url, timeZone: 'Asia/Tashkent' });
const server = [new URL(`${to}://127.0.0.1:${port}`)];
publishChanges({
  ...{ store, name, types: ['Basic', 'Patient'], from: 'beginning' as const },
  open: () =>
    to === 'nats'
      ? openNats({ servers: server, stream, prefix: name })
      : openKafka({ brokers: server, topic: stream, mechanism: 'PLAIN' }),
  told: () => undefined,
  pace: { lease: 500, idle: 50, first: 50, longest: 200 },
});
process.stdout.write('ready\n');
