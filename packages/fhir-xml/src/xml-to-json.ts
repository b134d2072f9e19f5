import type { Budget } from '@dhp/budget';
import { isResourceType } from '@dhp/fhir-model';
import { addChild, flush, type Frame } from './json-frame.ts';
import { layoutOf, type Slot } from './layout.ts';
import { charactersOfUnit, defaultMaxLength, maxDepth, mostFaults, unitsOfNode, type XmlReading } from './limits.ts';
import { NarrativeCopy } from './narrative.ts';
import { formatPath } from './path.ts';
import { quoted, toJsonLiteral } from './primitive.ts';
import { Fault, XmlFault } from './xml-fault.ts';
import { fhirNamespace, readXml, type XmlHandler, type XmlTag } from './xml-reader.ts';

/**
 * A FHIR R5 resource written in XML, as JSON text (https://hl7.org/fhir/R5/json.html): `resourceType` first, members in the order of the
 * definitions, decimals as written. Only comments outside of the narrative are left out.
 *
 * The order of elements is required as R5 does ("Elements must always appear in the order documented"): a document that another strict
 * reader would refuse, and whose repetitions may be split, is better named at once. The content is not validated further.
 *
 * @throws XmlFault naming the place in `xmlText`; BudgetSpent
 */
export function xmlToJson(xmlText: string, options?: XmlReading): string {
  const text = xmlText.charCodeAt(0) === 0xfeff ? xmlText.slice(1) : xmlText;
  const reader = new ResourceReader(text, options ?? {});
  try {
    reader.requireLength(text, 0);
    options?.budget?.spend(text.length / charactersOfUnit, 'reading XML');
    readXml(text, reader);
    return reader.json;
  } catch (error) {
    if (error instanceof Fault) throw new XmlFault(error, text, reader.path());
    throw error;
  }
}

/** Builds the JSON text while the document is read: one frame per open element, so nesting needs no stack of calls. */
class ResourceReader implements XmlHandler {
  json = '';
  readonly #text: string;
  readonly #maxLength: number;
  readonly #budget: Budget | undefined;
  readonly #onFault: XmlReading['onFault'];
  readonly #frames: Frame[] = [];
  #narrative: NarrativeCopy | undefined;
  /** Depth of open elements that are left out. */
  #leftOut = 0;
  #told = 0;
  /** Nothing has come since a resource began. */
  #isBare = false;

  constructor(text: string, { maxLength, budget, onFault }: XmlReading) {
    this.#text = text;
    this.#maxLength = maxLength ?? defaultMaxLength;
    this.#budget = budget;
    this.#onFault = onFault;
  }

  /** A fault that leaves the rest to be read. */
  tell(fault: Fault): void {
    if (this.#onFault === undefined || this.#told === mostFaults) throw fault;
    this.#told += 1;
    this.#onFault(new XmlFault(fault, this.#text, this.path()));
  }

  /** Runs a part that begins an element; if it fails, the element is left out with all of its content. */
  #begin(part: () => void): void {
    const depth = this.#frames.length;
    try {
      part();
    } catch (error) {
      if (!(error instanceof Fault) || error.kind === 'limit' || depth === 0 || this.#frames.length > depth)
        throw error;
      this.tell(error);
      this.#leftOut = 1;
    }
  }

  requireLength(text: string, offset: number): void {
    if (text.length > this.#maxLength)
      throw new Fault('limit', `the text is longer than ${this.#maxLength} characters`, offset);
  }

  path(): string {
    // A resource within another is named by the element that holds it: `Bundle.entry[0].resource.name`.
    const named = this.#frames.filter(({ slot }, depth) => slot !== undefined || depth === 0);
    return formatPath(named.flatMap(({ name, index }) => (index === undefined ? [name] : [name, index])));
  }

  open(tag: XmlTag, start: number): void {
    if (this.#budget !== undefined) {
      this.#budget.spend(unitsOfNode * (1 + Object.keys(tag.attributes).length), 'reading XML');
    }
    if (this.#leftOut > 0) {
      this.#leftOut += 1;
      return;
    }
    if (this.#narrative !== undefined) {
      this.#narrative.open(tag, start);
      return;
    }
    const parent = this.#frames.at(-1);
    this.#isBare = false;
    this.#begin(() => {
      if (parent === undefined || parent.slot?.form === 'resource') this.#openResource(tag, parent, start);
      else this.#openElement(tag, parent, start);
    });
  }

  close(tag: XmlTag, start: number, end: number): void {
    if (this.#leftOut > 0) {
      this.#leftOut -= 1;
      return;
    }
    if (this.#narrative !== undefined) {
      const xhtml = this.#narrative.close(tag, start, end);
      if (xhtml === undefined) return;
      this.#narrative = undefined;
      this.#leave(JSON.stringify(xhtml), undefined);
      return;
    }
    const frame = this.#frames.at(-1)!;
    flush(frame);
    if (frame.slot?.form === 'resource') this.#closeWrapper(frame, start);
    else if (frame.slot?.form === 'primitive') {
      const sibling = frame.members === '' ? undefined : `{${frame.members}}`;
      if (frame.value !== undefined || sibling !== undefined) this.#leave(frame.value, sibling);
      else this.#leaveEmpty(new Fault('empty', `<${frame.name}> has neither a value nor an extension`, start));
    } else if (frame.slot === undefined) this.#closeResource(frame, start);
    else {
      if (frame.members !== '') this.#leave(`{${frame.members}}`, undefined);
      else this.#leaveEmpty(new Fault('empty', `<${frame.name}> has no content`, start));
    }
  }

  text(data: string, start: number): void {
    if (this.#narrative !== undefined || this.#leftOut > 0) return;
    const at = data.search(/[^ \t\r\n]/);
    if (at < 0) return;
    this.#isBare = false;
    this.tell(new Fault('unknown', `text is not allowed here: ${quoted(data.trim())}`, start + at));
  }

  aside(fault: Fault): void {
    this.tell(fault);
  }

  #openResource(tag: XmlTag, wrapper: Frame | undefined, start: number): void {
    requireFhir(tag, start);
    if (wrapper?.value !== undefined)
      throw new Fault('repeated', `<${wrapper.name}> must hold one resource, <${tag.local}> is a second one`, start);
    if (!isResourceType(tag.local)) throw new Fault('unknown', `<${tag.local}> is no resource type of FHIR R5`, start);
    const frame = this.#enter(tag.local, undefined, undefined, tag.local, start);
    frame.members = `"resourceType":"${tag.local}"`;
    this.#attributes(tag, frame, start);
    this.#isBare = true;
  }

  #openElement(tag: XmlTag, parent: Frame, start: number): void {
    const { layout } = parent;
    const slot = layout.slots.get(tag.local);
    if (slot?.form === 'xhtml') {
      addChild(parent, slot, start, (fault) => this.tell(fault));
      this.#enter(slot.name, slot, undefined, slot.type, start);
      this.#narrative = new NarrativeCopy(this.#text, start);
      this.#narrative.open(tag, start);
      return;
    }
    // An unknown name in another namespace is reported as such if faults are reported.
    const ofNamespace = foreignTo(tag, start);
    if (ofNamespace !== undefined && this.#onFault === undefined) throw ofNamespace;
    if (slot === undefined)
      throw new Fault(
        'unknown',
        `${layout.type} has no element <${tag.local}>; it has: ${layout.elementNames.join(', ')}`,
        start,
      );
    if (slot.form === 'attribute')
      throw new Fault('unknown', `${slot.name} is an attribute of <${parent.name}>, not an element`, start);
    const faults: Fault[] = ofNamespace === undefined ? [] : [ofNamespace];
    const index = addChild(parent, slot, start, (fault) => {
      if (this.#onFault === undefined) throw fault;
      faults.push(fault);
    });
    const frame = this.#enter(slot.name, slot, index, slot.type, start);
    for (const fault of faults) this.tell(fault);
    this.#attributes(tag, frame, start);
  }

  #enter(name: string, slot: Slot | undefined, index: number | undefined, type: string, start: number): Frame {
    const isContainer = slot?.form === 'complex' || slot === undefined;
    const outer = this.#frames.at(-1)?.depth ?? 0;
    const depth = outer + (isContainer ? 1 : 0) + (slot?.isList === true ? 1 : 0);
    const frame: Frame = {
      name,
      slot,
      index,
      layout: layoutOf(type),
      depth,
      position: -1,
      run: undefined,
      values: [],
      siblings: [],
      members: '',
      value: undefined,
    };
    this.#frames.push(frame);
    if (depth > maxDepth) throw new Fault('limit', `nested deeper than ${maxDepth} levels of JSON`, start);
    return frame;
  }

  #attributes(tag: XmlTag, frame: Frame, start: number): void {
    const { layout, slot } = frame;
    for (const name in tag.attributes) {
      const { prefix, value } = tag.attributes[name]!;
      if (name === 'xmlns' || prefix === 'xmlns') continue;
      if (name === 'value' && slot?.form === 'primitive') {
        frame.value = this.#literal(slot, value, start);
      } else if (slot?.form !== 'resource' && layout.slots.get(name)?.form === 'attribute') {
        frame.members += `${frame.members === '' ? '' : ','}"${name}":${JSON.stringify(value)}`;
      } else this.tell(unknownAttribute(name, frame, start));
    }
  }

  /** The value as JSON; as a text if it has no form of its type and faults are reported. */
  #literal({ literal, type }: Slot, value: string, start: number): string {
    try {
      return toJsonLiteral(literal, value, type, start);
    } catch (error) {
      // Its faults are reported for the text.
      if (this.#onFault === undefined || !(error instanceof Fault)) throw error;
      return JSON.stringify(value);
    }
  }

  /** Ends an empty element, whose fault is reported for the empty object in its place. */
  #leaveEmpty(fault: Fault): void {
    if (this.#onFault === undefined) throw fault;
    const isPrimitive = this.#frames.at(-1)!.slot?.form === 'primitive';
    this.#leave(isPrimitive ? undefined : '{}', isPrimitive ? '{}' : undefined);
  }

  #closeWrapper(frame: Frame, start: number): void {
    if (frame.value !== undefined) this.#leave(frame.value, undefined);
    else this.#leaveEmpty(new Fault('empty', `<${frame.name}> must hold a resource`, start));
  }

  #closeResource(frame: Frame, start: number): void {
    // Such a resource is valid in JSON, and is written like this in XML, so only callers with `onFault` learn of it.
    if (this.#onFault !== undefined && this.#isBare)
      this.tell(new Fault('empty', `<${frame.name}> has no content`, start));
    const resource = `{${frame.members}}`;
    this.requireLength(resource, start);
    this.#frames.pop();
    const wrapper = this.#frames.at(-1);
    if (wrapper === undefined) this.json = resource;
    else wrapper.value = resource;
  }

  /** Ends an element: hands its value to the one around it. */
  #leave(value: string | undefined, sibling: string | undefined): void {
    this.#frames.pop();
    const parent = this.#frames.at(-1)!;
    parent.values.push(value);
    parent.siblings.push(sibling);
  }
}

function requireFhir(tag: XmlTag, start: number): void {
  const fault = foreignTo(tag, start);
  if (fault !== undefined) throw fault;
}

/** The fault of an element that is not of FHIR. */
function foreignTo(tag: XmlTag, start: number): Fault | undefined {
  if (tag.uri === fhirNamespace) return undefined;
  const found = tag.uri === '' ? 'no namespace' : `the namespace ${tag.uri}`;
  return new Fault('namespace', `<${tag.name}> must be in the namespace ${fhirNamespace}, it is in ${found}`, start);
}

function unknownAttribute(name: string, { name: element, layout, slot }: Frame, start: number): Fault {
  const allowed = slot?.form === 'resource' ? [] : [...layout.attributeNames];
  if (slot?.form === 'primitive') allowed.push('value');
  const list = allowed.length === 0 ? 'it has none' : `it has: ${allowed.join(', ')}`;
  return new Fault('unknown', `<${element}> has no attribute ${name}; ${list}`, start);
}
