import type { Extension } from '@dhp/fhir-model';
import type { ConceptTable, DesignationKind, PropertyKind, Rows } from '../table/concept-table.ts';
import { TextColumn } from '../table/text-column.ts';
import type { BlockReader, BlockWriter, Span } from './blocks.ts';

type ColumnSpans = readonly [heap: Span, ends: Span];
type RowSpans = readonly [first: Span, kind: Span, position: Span];

/** Spans of the parts of a concept table in a content file. */
export interface TableSpans {
  readonly codes: ColumnSpans;
  readonly displays: ColumnSpans;
  readonly definitions: ColumnSpans;
  readonly parent: Span;
  readonly designationKinds: readonly (Omit<DesignationKind, 'texts'> & { readonly texts: ColumnSpans })[];
  readonly designations: RowSpans;
  readonly propertyKinds: readonly (Omit<PropertyKind, 'texts'> & { readonly texts: ColumnSpans })[];
  readonly properties: RowSpans;
  readonly extensions: readonly [number, readonly Extension[]][];
  readonly designationExtensions: readonly [number, readonly Extension[]][];
}

export function writeTable(table: ConceptTable, blocks: BlockWriter): TableSpans {
  const column = ({ heap, ends }: TextColumn): ColumnSpans => [blocks.text(heap), blocks.numbers(ends)];
  const rows = ({ first, kind, position }: Rows): RowSpans => [
    blocks.numbers(first),
    blocks.numbers(kind),
    blocks.numbers(position),
  ];
  return {
    codes: column(table.codes),
    displays: column(table.displays),
    definitions: column(table.definitions),
    parent: blocks.numbers(table.parent),
    designationKinds: table.designationKinds.map(({ texts, ...kind }) => ({ ...kind, texts: column(texts) })),
    designations: rows(table.designations),
    propertyKinds: table.propertyKinds.map(({ texts, ...kind }) => ({ ...kind, texts: column(texts) })),
    properties: rows(table.properties),
    extensions: [...table.extensions],
    designationExtensions: [...table.designationExtensions],
  };
}

export function readTable(spans: TableSpans, blocks: BlockReader): ConceptTable {
  const column = ([heap, ends]: ColumnSpans): TextColumn => new TextColumn(blocks.text(heap), blocks.uint32(ends));
  const rows = ([first, kind, position]: RowSpans): Rows => ({
    first: blocks.uint32(first),
    kind: blocks.uint16(kind),
    position: blocks.uint32(position),
  });
  return {
    codes: column(spans.codes),
    displays: column(spans.displays),
    definitions: column(spans.definitions),
    parent: blocks.int32(spans.parent),
    designationKinds: spans.designationKinds.map(({ texts, ...kind }) => ({ ...kind, texts: column(texts) })),
    designations: rows(spans.designations),
    propertyKinds: spans.propertyKinds.map(({ texts, ...kind }) => ({ ...kind, texts: column(texts) })),
    properties: rows(spans.properties),
    extensions: new Map(spans.extensions),
    designationExtensions: new Map(spans.designationExtensions),
  };
}
