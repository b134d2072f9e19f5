/** A local FHIR package registry, and the tarballs that it serves. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly fhirVersions?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly title?: string;
}

type Resource = Readonly<Record<string, unknown>> & { readonly resourceType: string };

/** A package as a tarball: its manifest and its resources, in the format POSIX calls ustar. */
export function packageTarball(manifest: Manifest, resources: readonly Resource[]): Buffer {
  const files = [
    ['package/package.json', JSON.stringify({ fhirVersions: ['5.0.0'], ...manifest })] as const,
    ...resources.map((one, n) => [`package/${one.resourceType}-${n}.json`, JSON.stringify(one)] as const),
  ];
  const blocks = files.flatMap(([name, text]) => {
    const content = Buffer.from(text);
    return [header(name, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

export interface Registry {
  readonly url: string;
  /** Paths requested so far. */
  readonly asked: string[];
  /** Serves a package; `stated` replaces its correct digest. */
  publish(manifest: Manifest, tarball: Buffer, stated?: { shasum: string }): void;
  close(): Promise<void>;
}

export async function openRegistry(): Promise<Registry> {
  const packages = new Map<string, Map<string, { tarball: Buffer; shasum: string }>>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    const [name = '', version] = path.slice(1).split('/');
    const versions = packages.get(name);
    const one = version === undefined ? undefined : versions?.get(version);
    if (one !== undefined) {
      response.writeHead(200, { 'content-type': 'application/gzip' }).end(one.tarball);
    } else if (versions === undefined || version !== undefined) {
      response.writeHead(404).end();
    } else {
      const listed = [...versions].map<[string, object]>(([v, { shasum }]) => [
        v,
        { name, version: v, dist: { shasum, tarball: `${url}/${name}/${v}` } },
      ]);
      const answer = {
        name,
        'dist-tags': { latest: [...versions.keys()].at(-1) },
        versions: Object.fromEntries(listed) as object,
      };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    publish({ name, version }, tarball, stated) {
      const versions = packages.get(name) ?? new Map<string, { tarball: Buffer; shasum: string }>();
      packages.set(name, versions);
      versions.set(version, { tarball, shasum: createHash('sha1').update(tarball).digest('hex'), ...stated });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
