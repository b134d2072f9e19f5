/** Bulk imports of an environment. docs/bulk-export.md */
import type { FhirStore } from '@dhp/fhir-store';
import { addressFault, createOutbound } from '@dhp/outbound';
import type { ImportLimits, Imports } from '../../contract/imports.ts';

export interface ImportOptions {
  /** Hosts that may be internal and spoken to without TLS, each as `host` or `host:port` (default: none). */
  readonly allowedHosts?: readonly string[];
  readonly most?: Partial<ImportLimits>;
}

const usual = {
  ...{ input: 4 * 1024 ** 3, inputs: 1_000, kept: 100_000 },
  ...{ time: 30 * 60_000, idle: 30_000 },
};

/** @param bodyLimit bytes of a request @returns undefined without options */
export function openImports(
  { imports: store }: FhirStore,
  options: ImportOptions | undefined,
  bodyLimit: number,
): Imports | undefined {
  if (options === undefined) return undefined;
  const { allowedHosts = [], most = {} } = options;
  return {
    store,
    outbound: createOutbound({ allowedHosts }),
    refusedAddress: (url) => addressFault(url, { allowedHosts }),
    most: { line: bodyLimit, ...usual, ...most },
  };
}
