import type { JsonNode } from './json-node.ts';
import type { Layout, Slot } from './layout.ts';
import { quoted } from './primitive.ts';
import { Fault } from './xml-fault.ts';

/** An element of an object: a primitive may have a value, its companion (`_birthDate`) or both. */
export interface Member {
  readonly slot: Slot;
  value: JsonNode | undefined;
  sibling: JsonNode | undefined;
}

/**
 * The members of an object in the order of the definition, regardless of their order in the text; `resourceType` is left out for a
 * resource. Throws Fault for an unknown name, and for two types of one choice.
 */
export function membersOf(object: JsonNode, layout: Layout, isResource: boolean): Member[] {
  const members: Member[] = [];
  let isSorted = true;
  for (let k = 0; k < object.keys.length; k += 1) {
    const key = object.keys[k]!;
    if (isResource && key === 'resourceType') continue;
    const node = object.nodes[k]!;
    const isSibling = key.startsWith('_');
    const slot = layout.slots.get(isSibling ? key.slice(1) : key);
    if (slot === undefined || (isSibling && slot.form !== 'primitive')) throw unknownMember(key, layout, node);
    const last = members.at(-1);
    if (last !== undefined && last.slot.position > slot.position) isSorted = false;
    const known = last?.slot === slot ? last : members.find((member) => member.slot === slot);
    if (known !== undefined) {
      if (isSibling) known.sibling = node;
      else known.value = node;
      continue;
    }
    members.push({ slot, value: isSibling ? undefined : node, sibling: isSibling ? node : undefined });
  }
  if (!isSorted) members.sort((a, b) => a.slot.position - b.slot.position);
  for (let m = 1; m < members.length; m += 1) {
    const [before, { slot, value, sibling }] = [members[m - 1]!, members[m]!];
    if (before.slot.position === slot.position) {
      const message = `${before.slot.name} and ${slot.name} are one choice: only one of them may be there`;
      throw new Fault('repeated', message, (value ?? sibling)!.offset);
    }
  }
  return members;
}

function unknownMember(key: string, { type, attributeNames, elementNames }: Layout, node: JsonNode): Fault {
  const allowed = [...attributeNames, ...elementNames].join(', ');
  return new Fault('unknown', `${type} has no ${quoted(key)}; it has: ${allowed}`, node.offset);
}
