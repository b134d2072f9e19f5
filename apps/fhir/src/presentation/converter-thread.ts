/** The thread that converts large texts. */
import { parentPort } from 'node:worker_threads';
import { convert } from './conversion.ts';
import type { Delivery, Order } from './converter.ts';

parentPort?.on('message', ({ id, bytes, conversion }: Order) => {
  try {
    const converted = convert(textOf(bytes), conversion);
    const moved = 'bytes' in converted ? [converted.bytes.buffer] : [];
    parentPort?.postMessage({ id, converted } satisfies Delivery, moved);
  } catch (error) {
    parentPort?.postMessage({ id, error } satisfies Delivery);
  }
});

function textOf({ buffer, byteOffset, byteLength }: Order['bytes']): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
}
