/** Bulk imports of an environment. docs/bulk-export.md */
import { randomBytes } from 'node:crypto';
import type { FhirStore } from '@dhp/fhir-store';
import { addressFault, createOutbound } from '@dhp/outbound';
import type { FileHeaders, HeaderSeal, ImportLimits, Imports } from '../../contract/imports.ts';
import { sealing } from '../../search/sealing.ts';

export interface ImportOptions {
  /** Hosts that may be internal and spoken to without TLS, each as `host` or `host:port` (default: none). */
  readonly allowedHosts?: readonly string[];
  readonly most?: Partial<ImportLimits>;
}

const usual = {
  ...{ input: 4 * 1024 ** 3, inputs: 1_000, kept: 100_000 },
  ...{ time: 30 * 60_000, idle: 30_000 },
};

/**
 * @param o.bodyLimit bytes of a request
 * @param o.key 32 random bytes that all nodes of an environment share
 * @returns undefined without options
 */
export function openImports(
  { imports: store }: FhirStore,
  options: ImportOptions | undefined,
  { bodyLimit, key = randomBytes(32) }: { readonly bodyLimit: number; readonly key: Buffer | undefined },
): Imports | undefined {
  if (options === undefined) return undefined;
  const { allowedHosts = [], most = {} } = options;
  return {
    store,
    outbound: createOutbound({ allowedHosts }),
    refusedAddress: (url) => addressFault(url, { allowedHosts }),
    most: { line: bodyLimit, ...usual, ...most },
    headers: headerSeal(key),
  };
}

function headerSeal(key: Buffer): HeaderSeal {
  const sealed = sealing(key, 'header fields of submissions');
  return {
    seal: (headers) =>
      Object.keys(headers).length === 0 ? '' : sealed.seal('fetch', Buffer.from(JSON.stringify(headers))),
    open(text) {
      if (text === '') return {};
      const opened = sealed.open('fetch', text);
      if (opened === undefined) throw new Error('header fields of a submission cannot be opened');
      return JSON.parse(opened.toString('utf8')) as FileHeaders;
    },
  };
}
