/** Units of UCUM (https://ucum.org): their names, and amounts of one in another. */
export { conversion, convertUnit, type Conversion } from './conversion.ts';
export { definitionOf, unknownUnitIn } from './definition.ts';
export { canonicalUnitOf, dimensionsOf, unitOf, type Unit } from './unit.ts';
