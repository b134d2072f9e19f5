export { jsonToXml, type XmlStyle } from './json-to-xml.ts';
export { xmlToJson } from './xml-to-json.ts';
export { XmlFault, type XmlFaultKind } from './xml-fault.ts';
export { type XmlLimits } from './limits.ts';
