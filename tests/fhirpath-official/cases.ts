// HL7's FHIRPath cases for R5, as far as the neighbouring folder ../shared has them. Nothing of them is kept here.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { xmlToJson } from '@dhp/fhir-xml';

const folder = fileURLToPath(new URL('../../../shared/cases/fhirpath/', import.meta.url));

export const noCases = existsSync(folder)
  ? false
  : 'the official FHIRPath cases are not here (../shared/cases/fhirpath)';

export interface OfficialCase {
  readonly group: string;
  readonly name: string;
  readonly expression: string;
  /** The resource that it is evaluated on; undefined if it needs none. */
  readonly input: string | undefined;
  /** How it must fail; undefined if it gives a result. */
  readonly invalid: string | undefined;
  readonly mode: string | undefined;
  /** Whether the result counts as a condition. */
  readonly isPredicate: boolean;
  readonly isUnchecked: boolean;
  readonly isUnordered: boolean;
  readonly outputs: readonly { readonly type: string | undefined; readonly text: string }[];
}

/** Reads all cases, in their order. The file is plain enough to be read without a parser of XML: no element nests in one of its own name. */
export function readCases(): OfficialCase[] {
  const text = readFileSync(join(folder, 'tests-fhir-r5.xml'), 'utf8').replace(/<!--[^]*?-->/g, '');
  return [...text.matchAll(/<group ([^>]*)>([^]*?)<\/group>/g)].flatMap(([, attributes = '', tests = '']) =>
    [...tests.matchAll(/<test ([^>]*)>([^]*?)<\/test>/g)].map(([, own = '', body = '']) =>
      caseOf(attribute(attributes, 'name') ?? '', own, body),
    ),
  );
}

function caseOf(group: string, attributes: string, body: string): OfficialCase {
  const [, how = '', expression = ''] = /<expression([^>]*)>([^]*?)<\/expression>/.exec(body) ?? [];
  return {
    group,
    name: attribute(attributes, 'name') ?? '',
    expression: textOf(expression),
    input: attribute(attributes, 'inputfile'),
    invalid: attribute(how, 'invalid'),
    mode: attribute(attributes, 'mode'),
    isPredicate: attribute(attributes, 'predicate') === 'true',
    isUnchecked: attribute(attributes, 'skipStaticCheck') === 'true',
    isUnordered: attribute(attributes, 'ordered') === 'false',
    outputs: [...body.matchAll(/<output([^>]*?)(?:\/>|>([^]*?)<\/output>)/g)].map(([, own = '', value = '']) => ({
      type: attribute(own, 'type'),
      text: textOf(value),
    })),
  };
}

function attribute(text: string, name: string): string | undefined {
  const [, , found] = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(["'])(.*?)\\1`).exec(text) ?? [];
  return found === undefined ? undefined : textOf(found);
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function textOf(xml: string): string {
  return xml
    .replaceAll(/<!\[CDATA\[([^]*?)\]\]>/g, (_, raw: string) => raw.replaceAll('&', '&amp;'))
    .replaceAll(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      return entities[name ?? ''] ?? whole;
    });
}

/** The resource of a file, whichever of its two forms is there; undefined if neither is. */
export function inputOf(file: string): unknown {
  const json = join(folder, 'input', file.replace(/\.xml$/, '.json'));
  if (existsSync(json)) return JSON.parse(readFileSync(json, 'utf8'));
  const xml = join(folder, 'input', file);
  // The place of its schema is no part of a resource.
  const text = existsSync(xml) ? readFileSync(xml, 'utf8').replaceAll(/ xsi:schemaLocation="[^"]*"/g, '') : undefined;
  return text && JSON.parse(xmlToJson(text));
}
