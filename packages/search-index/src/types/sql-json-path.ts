import type { ElementPath, ElementStep } from '@dhp/fhir-search/elements';

/** The path as SQL/JSON has it (lax). `[*]` at the end: lax paths look into lists on their way, but give one at their end as a whole. */
export function sqlJsonPath(path: ElementPath): string {
  return `$${path.map(stepText).join('')}[*]`;
}

function stepText(step: ElementStep): string {
  switch (step.kind) {
    case 'member':
      return `."${step.name}"${step.index === undefined ? '' : `[${step.index}]`}`;
    case 'equals':
      return ` ? (@."${step.name}" == ${JSON.stringify(step.value)})`;
    case 'refers-to':
      return ` ? (@."reference" like_regex "(^|/)${step.type}/[A-Za-z0-9.-]+")`;
    case 'has-extension':
      return ` ? (exists(@."extension" ? (@."url" == ${JSON.stringify(step.url)})))`;
  }
}
