export { checkView, compileView } from './compile-view.ts';
export { InvalidView, RowFault, type RowFaultKind, type ViewIssue, type ViewIssueKind } from './faults.ts';
export type { Cell } from './cell.ts';
export type { TableColumn } from './columns.ts';
export type { ViewProfile } from './profiles.ts';
export { keptRowsOf, ParquetFile } from './parquet.ts';
export { mediaTypes, tableStatement, writeTable, type TableFormat, type TableWriter } from './table-text.ts';
export { parseResource, type Row, type RowOptions, type View } from './view.ts';
export type { Column, Constant, Select, ViewDefinition } from './view-definition.ts';
