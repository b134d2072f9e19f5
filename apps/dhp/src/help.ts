/** The help of the command line in three languages. */
import type { Language } from '@dhp/negotiation';
import type { Command, Option } from './cli.ts';
import { helpMessages } from './texts/help.ts';

type Text = keyof (typeof helpMessages)['en']['says'];

/** Every command with its description. */
export function overview(commands: readonly Command[], language: Language): string {
  const { frame } = helpMessages[language];
  const width = Math.max(...commands.map((command) => command.name.length)) + 2;
  return [
    frame.title,
    '',
    `${frame.usage} dhp ${frame.command} ${frame.options}`,
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}${said(command.summary, language)}`),
    '',
    frame.more,
    '',
  ].join('\n');
}

/** One command with its options and examples. */
export function help(command: Command, language: Language): string {
  const { frame } = helpMessages[language];
  const rows = Object.entries(command.options).map(([name, option]) => {
    const left = `--${name}${option.value ? ` ${option.value}` : ''}${option.multiple || option.list ? ' …' : ''}`;
    return [left, `${helpOf(option, language)}${option.required ? ` ${frame.required}` : ''}`] as const;
  });
  const width = Math.max(0, ...rows.map(([left]) => left.length)) + 2;
  const argument = command.argument ? ` ${command.argument}` : '';
  return [
    said(command.summary, language),
    '',
    `${frame.usage} dhp ${command.name}${argument}${rows.length > 0 ? ` ${frame.options}` : ''}`,
    ...(rows.length > 0 ? ['', ...rows.map(([left, text]) => `  ${left.padEnd(width)}${text}`)] : []),
    ...(command.examples ? ['', frame.examples, ...command.examples.map((example) => `  ${example}`)] : []),
    '',
  ].join('\n');
}

function helpOf({ help: text, ends }: Option, language: Language): string {
  return ends === undefined ? said(text, language) : helpMessages[language].frame.ends({ option: ends });
}

/** The English text is the key, as in gettext; tests/help.test.ts holds the catalogue to the commands. */
function said(text: string, language: Language): string {
  const says: Readonly<Partial<Record<string, string>>> = helpMessages[language].says;
  return says[text as Text] ?? text;
}
