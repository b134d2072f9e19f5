/** Ids of messages that the reference validator tells without them, found by their texts. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Template {
  readonly id: string;
  readonly pattern: RegExp;
  /** Characters that are no gaps: the more, the surer. */
  readonly letters: number;
}

/** Texts with fewer letters than that say too little. */
const fewest = 12;

/** Finds the id of the message that a text was made of; undefined if none fits. @param classPath of the reference validator */
export function idsByText(classPath: string): (text: string) => string | undefined {
  const jar = classPath.split(/[:;]/).find((one) => /[\\/]org\.hl7\.fhir\.utilities[\\/]/.test(one));
  const templates = jar === undefined ? [] : templatesIn(propertiesIn(jar));
  return (text) => templates.find(({ pattern }) => pattern.test(text))?.id;
}

function propertiesIn(jar: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'dhp-templates-'));
  try {
    execFileSync('jar', ['xf', jar, 'Messages.properties'], { cwd: folder });
    return readFileSync(join(folder, 'Messages.properties'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The surest come first. Plural messages have an id for each form, and are named without it. */
function templatesIn(properties: string): Template[] {
  return properties
    .split('\n')
    .flatMap((line) => {
      const [, key, text] = /^([A-Za-z_][^\s=]*)\s*=\s*(.*)$/.exec(line) ?? [];
      return key === undefined || text === undefined ? [] : [templateOf(key, text)];
    })
    .filter(({ letters }) => letters >= fewest)
    .sort((a, b) => b.letters - a.letters);
}

function templateOf(key: string, text: string): Template {
  const parts = text.replaceAll("''", "'").split(/\{\d+[^}]*\}/);
  const pattern = new RegExp(`^${parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*')}$`);
  const letters = parts.join('').length;
  return { id: key.replace(/_(?:one|two|few|many|other)$/, ''), pattern, letters };
}
