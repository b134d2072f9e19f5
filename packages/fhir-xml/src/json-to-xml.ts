import type { Budget } from '@dhp/budget';
import { isResourceType, JsonSyntaxError, scanJson } from '@dhp/fhir-model';
import { escapeAttribute } from './escape.ts';
import { isAbsent, itemsOf, present, requireKind } from './json-kind.ts';
import { membersOf, type Member } from './json-members.ts';
import { readJson, type JsonNode } from './json-node.ts';
import { layoutOf, type Layout, type Slot } from './layout.ts';
import { charactersOfUnit, defaultMaxLength, unitsOfNode, type XmlLimits } from './limits.ts';
import { narrativeXml } from './narrative.ts';
import { formatPath } from './path.ts';
import { isNumberOf, quoted } from './primitive.ts';
import { Fault, XmlFault } from './xml-fault.ts';
import { fhirNamespace } from './xml-reader.ts';

export interface XmlStyle {
  /** Each element on its own line, indented by two spaces. */
  readonly pretty?: boolean;
}

/**
 * A FHIR R5 resource as XML (https://hl7.org/fhir/R5/xml.html), with its XML declaration, in UTF-8's characters. Members may come in any
 * order and are written in that of the definitions; values keep their spelling. The content is not validated: only content that would be
 * lost or is impossible in FHIR XML is refused.
 *
 * @throws XmlFault naming the place in `jsonText`; BudgetSpent
 */
export function jsonToXml(jsonText: string, options?: XmlStyle & XmlLimits): string {
  const maxLength = options?.maxLength ?? defaultMaxLength;
  if (jsonText.length > maxLength) throw tooLong(jsonText, maxLength, '');
  options?.budget?.spend(jsonText.length / charactersOfUnit, 'writing XML');
  const text = checkedJson(jsonText);
  const writer = new XmlWriter(options?.pretty === true, maxLength, options?.budget);
  try {
    writer.document(readJson(text));
    return writer.xml;
  } catch (error) {
    if (error instanceof Fault) throw new XmlFault(error, text, writer.path());
    throw error;
  }
}

function checkedJson(jsonText: string): string {
  try {
    return scanJson(jsonText).text;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const reason = error.message.replace(/ \(line \d+, column \d+\)$/, '');
    throw new XmlFault(new Fault('json', reason, error.offset, error), jsonText.replace(/^\ufeff/, ''), error.path);
  }
}

function tooLong(text: string, maxLength: number, path: string): XmlFault {
  return new XmlFault(new Fault('limit', `the text is longer than ${maxLength} characters`, 0), text, path);
}

class XmlWriter {
  xml = '<?xml version="1.0" encoding="UTF-8"?>';
  readonly #isPretty: boolean;
  readonly #maxLength: number;
  readonly #budget: Budget | undefined;
  readonly #path: (string | number)[] = [];
  #indentation = '\n';

  constructor(isPretty: boolean, maxLength: number, budget: Budget | undefined) {
    this.#isPretty = isPretty;
    this.#maxLength = maxLength;
    this.#budget = budget;
  }

  path(): string {
    return formatPath(this.#path);
  }

  document(node: JsonNode): void {
    this.#resource(node, ` xmlns="${fhirNamespace}"`);
    if (this.#isPretty) this.xml += '\n';
  }

  #resource(node: JsonNode, namespace: string): void {
    requireKind(node, 'object', 'a resource');
    const type = node.nodes[node.keys.indexOf('resourceType')];
    if (type?.kind !== 'string') throw new Fault('value', 'a resource must have a resourceType', node.offset);
    if (!isResourceType(type.text))
      throw new Fault('unknown', `${quoted(type.text)} is no resource type of FHIR R5`, type.offset);
    if (this.#path.length === 0) this.#path.push(type.text);
    const members = membersOf(node, layoutOf(type.text), true);
    this.#element(type.text, namespace, members);
  }

  /** An element with its attributes, `id` and `url` among the members and the given ones, and its children. */
  #element(name: string, attributes: string, members: readonly Member[]): void {
    let children = 0;
    for (const { slot, value } of members) {
      if (slot.form === 'attribute') attributes += this.#attribute(slot, value!);
      else children += 1;
    }
    this.#open(`<${name}${attributes}${children === 0 ? '/>' : '>'}`, children > 0);
    if (children === 0) return;
    for (const member of members) if (member.slot.form !== 'attribute') this.#member(member);
    this.#close(name);
  }

  #attribute(slot: Slot, value: JsonNode): string {
    this.#path.push(slot.name);
    requireKind(value, 'string', `${slot.name}, written as an XML attribute,`);
    const escaped = escapeAttribute(value.text, value.offset);
    this.#path.pop();
    return ` ${slot.name}="${escaped}"`;
  }

  #member({ slot, value, sibling }: Member): void {
    this.#path.push(slot.name);
    if (!slot.isList) this.#item(slot, value, sibling);
    else {
      const values = itemsOf(value, slot);
      const siblings = itemsOf(sibling, slot);
      const length = Math.max(values.length, siblings.length);
      if (length === 0) throw new Fault('empty', 'an array must not be empty', (value ?? sibling)!.offset);
      this.#path.push(0);
      for (let index = 0; index < length; index += 1) {
        this.#path[this.#path.length - 1] = index;
        const isEmpty = isAbsent(values[index]) && isAbsent(siblings[index]);
        const node = values[index] ?? siblings[index];
        if (isEmpty && slot.form === 'primitive')
          throw new Fault('empty', 'a null must have an id or extension beside it', node!.offset);
        if (slot.form !== 'primitive') this.#item(slot, values[index], undefined);
        else this.#item(slot, present(values[index]), present(siblings[index]));
      }
      this.#path.pop();
    }
    this.#path.pop();
  }

  #item(slot: Slot, value: JsonNode | undefined, sibling: JsonNode | undefined): void {
    this.#budget?.spend(unitsOfNode, 'writing XML');
    if (slot.form === 'primitive') this.#primitive(slot, value, sibling);
    else if (slot.form === 'xhtml') {
      requireKind(value!, 'string', slot.name);
      this.#open(narrativeXml(value!.text, value!.offset), false);
    } else if (slot.form === 'resource') {
      this.#open(`<${slot.name}>`, true);
      this.#resource(value!, '');
      this.#close(slot.name);
    } else {
      requireKind(value!, 'object', slot.name);
      this.#element(slot.name, '', this.#content(value!, layoutOf(slot.type)));
    }
  }

  #primitive(slot: Slot, value: JsonNode | undefined, sibling: JsonNode | undefined): void {
    const attribute = value === undefined ? '' : ` value="${primitiveText(slot, value)}"`;
    if (sibling === undefined) this.#open(`<${slot.name}${attribute}/>`, false);
    else {
      requireKind(sibling, 'object', `_${slot.name}`);
      this.#element(slot.name, attribute, this.#content(sibling, layoutOf(slot.type)));
    }
  }

  #content(object: JsonNode, layout: Layout): Member[] {
    if (object.keys.length === 0) throw new Fault('empty', 'an object must not be empty', object.offset);
    return membersOf(object, layout, false);
  }

  #open(markup: string, hasChildren: boolean): void {
    this.xml += this.#isPretty ? this.#indentation + markup : markup;
    if (this.#isPretty && hasChildren) this.#indentation += '  ';
    if (this.xml.length > this.#maxLength)
      throw new Fault('limit', `the XML would be longer than ${this.#maxLength} characters`, 0);
  }

  #close(name: string): void {
    if (this.#isPretty) {
      this.#indentation = this.#indentation.slice(0, -2);
      this.xml += this.#indentation;
    }
    this.xml += `</${name}>`;
  }
}

function primitiveText(slot: Slot, value: JsonNode): string {
  if (slot.literal === 'string') {
    requireKind(value, 'string', `${slot.name} (${slot.type})`);
    return escapeAttribute(value.text, value.offset);
  }
  requireKind(value, slot.literal === 'boolean' ? 'boolean' : 'number', `${slot.name} (${slot.type})`);
  if (value.kind === 'number' && !isNumberOf(slot.literal, value.text))
    throw new Fault('value', `${value.text} is not a value of type ${slot.type}`, value.offset);
  return value.text;
}
