/** Tarballs as the tests want them, good and bad. */
import { gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { pack, type Header } from 'tar-stream';

export type Entry = readonly [name: string, content: string, header?: Partial<Header>];

export async function tarball(entries: readonly Entry[]): Promise<Buffer> {
  const packed = pack();
  for (const [name, content, header] of entries) packed.entry({ name, ...header }, content);
  packed.finalize();
  return gzipSync(await buffer(packed));
}

export const manifest = JSON.stringify({
  name: 'uz.example',
  version: '1.0.0',
  fhirVersions: ['5.0.0'],
  dependencies: { 'hl7.fhir.r5.core': '5.0.0', 'uz.other': '2.x' },
});

export function valueSet(id: string, extra: object = {}): string {
  return JSON.stringify({ resourceType: 'ValueSet', id, url: `http://example.org/${id}`, status: 'active', ...extra });
}
