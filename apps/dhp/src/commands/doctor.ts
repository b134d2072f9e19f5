/** `dhp doctor`: likely mistakes of operators, and the remedy of each. It changes nothing. */
import type { Command } from '../cli.ts';
import { openContext, type Context } from '../context.ts';
import { finding, type Finding, type Level } from '../doctor/finding.ts';
import { told } from '../doctor/node-checks.ts';
import { silent } from '../progress.ts';
import { ConfigurationError } from '../settings/setting.ts';
import { print } from '../output.ts';
import { json } from './shared.ts';

/** @returns the context, and the warnings from reading the settings; or the fault of the settings */
export function openExamined(): { context: Context; warnings: readonly string[] } | { wrong: Finding } {
  const warnings: string[] = [];
  try {
    const progress = { ...silent, say: (line: string) => void warnings.push(line.trim()) };
    return { context: openContext(progress), warnings };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { wrong: finding(['settings', 'fault', ''], told().settingsWrong, { sentence: error.message }) };
  }
}

export function countOf(findings: readonly Finding[], level: Level): number {
  return findings.filter((one) => one.level === level).length;
}

const signs: Readonly<Record<Level, string>> = { well: '✓', warning: '!', fault: '✗', unknown: '?' };

function shown({ check, level, about, found, cure }: Finding): string {
  const { titles, levels } = told();
  const head = `${signs[level]} ${titles[check]}${about === '' ? '' : ` (${about})`}`;
  if (level === 'well') return `${head}\n`;
  return `${head}: ${levels[level]}\n    ${found.replaceAll('\n', '\n    ')}\n    → ${cure}\n`;
}

export const doctorCommand: Command = {
  name: 'doctor',
  summary:
    'Check everything that an operator may get wrong, and say the cure of each; exit code 1 where something is at fault',
  options: {
    all: { type: 'boolean', help: 'tell also of what is well' },
    json,
  },
  examples: ['dhp doctor', 'dhp doctor --json'],
  run: async (values) => {
    const { examine } = await import('../doctor/examine.ts');
    const opened = openExamined();
    const findings = 'wrong' in opened ? [opened.wrong] : (await examine(opened.context, opened.warnings)).findings;
    const counts = {
      count: findings.length,
      faults: countOf(findings, 'fault'),
      warnings: countOf(findings, 'warning'),
      unknown: countOf(findings, 'unknown'),
    };
    if (values['json'] === true) {
      const { count, ...others } = counts;
      print({ checks: count, ...others, findings });
    } else {
      const some = findings.filter(({ level }) => values['all'] === true || level !== 'well');
      process.stdout.write(`${some.map(shown).join('')}${told().summary(counts)}\n`);
    }
    return counts.faults > 0 ? 1 : 0;
  },
};
