import type { CodeSystem, CodeSystemConcept } from '@dhp/fhir-model';
import { misshapen } from '../parameters/shape.ts';
import { TableBuilder } from '../table/build-table.ts';
import { JsonScanner, type Range } from './json-scanner.ts';
import { writeSystem } from './write-content.ts';

/** A parsed JSON text whose type is not yet known to be CodeSystem. */
type Head = Omit<CodeSystem, 'resourceType'> & { readonly resourceType: string };

/**
 * The bytes of a content file of the CodeSystem in a JSON text, as `writeContent` makes them, but concept by concept: the objects of all
 * concepts at once take several times the memory of the text. Undefined for another resource, for a supplement, and for one without
 * concepts or a url.
 * @throws SyntaxError, RangeError, TypeError unless it is a readable CodeSystem
 * @example
 * writeLargeSystem(Buffer.from('{"resourceType":"ValueSet"}')); // undefined
 */
export function writeLargeSystem(json: Uint8Array): Uint8Array | undefined {
  const scanner = new JsonScanner(json);
  /** Ends of the arrays of nested concepts, by their begin, so that each is walked only twice, at any depth. */
  const ends = new Map<number, number>();
  const rest: Range[] = [];
  let concepts: number | undefined;
  scanner.object(
    0,
    ({ name, start, value, end }) => {
      if (name === 'concept') concepts = value;
      else rest.push({ start, end });
    },
    ({ name, value }) => (name === 'concept' ? findEnds(scanner, value, ends) : scanner.value(value)),
  );
  const head = JSON.parse(`{${rest.map((part) => scanner.text(part)).join()}}`) as Head;
  const isOne = head.resourceType === 'CodeSystem' && head.content !== 'supplement' && head.url !== undefined;
  if (!isOne || concepts === undefined || misshapen(head, 'CodeSystem') !== undefined) return undefined;
  const builder = new TableBuilder();
  addConcepts(scanner, concepts, ends, builder, -1);
  return writeSystem(head as CodeSystem, builder.table());
}

/** Notes the ends of an array of concepts and of those nested in it. @returns its end */
function findEnds(scanner: JsonScanner, at: number, ends: Map<number, number>): number {
  const end = scanner.array(at, (start) =>
    scanner.object(
      start,
      () => undefined,
      ({ name, value }) => (name === 'concept' ? findEnds(scanner, value, ends) : scanner.value(value)),
    ),
  );
  ends.set(at, end);
  return end;
}

function addConcepts(
  scanner: JsonScanner,
  at: number,
  ends: ReadonlyMap<number, number>,
  builder: TableBuilder,
  above: number,
): void {
  scanner.array(at, (start) => {
    const own: Range[] = [];
    let below: number | undefined;
    const end = scanner.object(
      start,
      (member) => {
        if (member.name === 'concept') below = member.value;
        else own.push(member);
      },
      ({ name, value }) => (name === 'concept' ? ends.get(value)! : scanner.value(value)),
    );
    const text = below === undefined ? scanner.text({ start, end }) : `{${own.map((one) => scanner.text(one)).join()}}`;
    const concept = JSON.parse(text) as CodeSystemConcept;
    const fault = misshapen({ resourceType: 'CodeSystem', concept: [concept] }, 'CodeSystem');
    if (fault !== undefined) throw new TypeError(`${fault} has another shape than R5 gives it`);
    const number = builder.add(concept, above);
    if (below !== undefined) addConcepts(scanner, below, ends, builder, number);
    return end;
  });
}
