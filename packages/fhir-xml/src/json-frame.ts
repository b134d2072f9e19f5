import type { Layout, Slot } from './layout.ts';
import { Fault } from './xml-fault.ts';

/** An open element, and the JSON members that its children have made so far. */
export interface Frame {
  readonly name: string;
  /** Its place in the element around it; undefined for a resource. */
  readonly slot: Slot | undefined;
  /** Its place among the repetitions, for a list. */
  readonly index: number | undefined;
  readonly layout: Layout;
  /** JSON objects and arrays that are open within it. */
  readonly depth: number;
  /** The position of the child that is furthest in the definition. */
  position: number;
  /** The children of one name that are being read, and their values and companions. */
  run: Slot | undefined;
  values: (string | undefined)[];
  siblings: (string | undefined)[];
  /** Members that are complete, separated by commas. */
  members: string;
  /** The JSON of a primitive's `value`, or of the resource within a wrapper (`contained`). */
  value: string | undefined;
}

/**
 * Begins a child: `slot` must come in the order of the definition, and again only if it is a list. Returns its index, for a list.
 * @param tell receives the fault of a child that is out of order, and throws it or accepts the child
 * @throws Fault (`order` for one that came before, `repeated`)
 */
export function addChild(frame: Frame, slot: Slot, start: number, tell: (fault: Fault) => void): number | undefined {
  const { run } = frame;
  if (run === slot) {
    if (slot.isList) return frame.values.length;
    throw new Fault('repeated', `<${slot.name}> must not repeat`, start);
  }
  if (slot.position === run?.position) {
    const message = `<${run.name}> and <${slot.name}> are one choice: only one of them may be there`;
    throw new Fault('repeated', message, start);
  }
  if (slot.position <= frame.position) {
    const message = `<${slot.name}> must come before <${run!.name}>: elements must appear in the order of the definition`;
    const fault = new Fault('order', message, start);
    if (hasMember(frame, slot.name)) throw fault;
    tell(fault);
  }
  flush(frame);
  frame.run = slot;
  frame.position = Math.max(frame.position, slot.position);
  return slot.isList ? 0 : undefined;
}

/** Whether a child of that name exists already, except those being read. */
const hasMember = ({ members }: Frame, name: string): boolean =>
  members.startsWith(`"${name}":`) || members.includes(`,"${name}":`);

/** Turns the children of one name into their JSON member, or two: `"given":["A",null],"_given":[null,{…}]`. */
export function flush(frame: Frame): void {
  const { run, values, siblings } = frame;
  if (run === undefined || values.length === 0) return;
  const { name, isList } = run;
  if (values.some((value) => value !== undefined)) add(frame, name, isList ? list(values) : values[0]!);
  if (siblings.some((sibling) => sibling !== undefined)) add(frame, `_${name}`, isList ? list(siblings) : siblings[0]!);
  frame.values = [];
  frame.siblings = [];
}

function add(frame: Frame, name: string, json: string): void {
  frame.members += `${frame.members === '' ? '' : ','}"${name}":${json}`;
}

function list(items: readonly (string | undefined)[]): string {
  return `[${items.map((item) => item ?? 'null').join(',')}]`;
}
