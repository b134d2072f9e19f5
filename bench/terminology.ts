/** Measures the terminology operations over a code system of the size of the mahallas, with names in three languages. */
import { fhirAt, hasStatus } from '../tests/fhir.ts';
import type { Progress } from '../apps/dhp/src/progress.ts';
import type { Load } from './load/measure.ts';
import type { RestMeasured } from './rest.ts';
import type { Subject } from './subject.ts';

/** As many as there are mahallas in Uzbekistan. */
const size = 9_452;
const system = 'http://example.org/bench/mahallas';
const valueSet = 'http://example.org/bench/mahallas-vs';
const warmUp = 500;
const connections = [1, 16] as const;
/** Requests of each kind, with other values. */
const variants = 500;

/** First and second words of names, each in Uzbek and Russian. */
const first = [
  ...[
    'Navbahor/Навбахор',
    'Guliston/Гулистан',
    'Yangi/Янги',
    'Oq/Ак',
    'Chorsu/Чорсу',
    'Bogʻ/Баг',
    'Zarafshon/Зарафшан',
  ],
  ...['Mustaqillik/Мустакиллик', 'Doʻstlik/Дустлик', 'Bahor/Бахор', 'Paxtakor/Пахтакор', 'Tinchlik/Тинчлик'],
];
const second = ['hayot/хаёт', 'qishloq/кишлак', 'tepa/тепа', 'bulloq/булок', 'obod/абад', 'yoʻl/йул', 'koʻcha/куча'];

type Stored = { readonly resourceType: string; readonly id: string } & Readonly<Record<string, unknown>>;

const codeOf = (row: number): string => String(17_100_000 + row * 7);

function namesOf(row: number): readonly [string, string] {
  const [uz = '', ru = ''] = first[row % first.length]!.split('/');
  const [uz2 = '', ru2 = ''] = second[row % second.length]!.split('/');
  const number = Math.floor(row / 84) + 1;
  return [`${uz} ${uz2} ${number} MFY`, `${ru} ${ru2} ${number} МСГ`];
}

function resources(): readonly Stored[] {
  const concept = Array.from({ length: size }, (_, row) => {
    const [uz, ru] = namesOf(row);
    const designation = [
      { language: 'ru', value: ru },
      { language: 'en', value: `${uz.replace(' MFY', '')} neighbourhood` },
    ];
    return { code: codeOf(row), display: uz, designation };
  });
  const common = { status: 'active' };
  return [
    {
      ...{ resourceType: 'CodeSystem', id: 'bench-mahallas', url: system, ...common },
      ...{ language: 'uz', caseSensitive: true, content: 'complete', concept },
    },
    { resourceType: 'ValueSet', id: 'bench-mahallas', url: valueSet, ...common, compose: { include: [{ system }] } },
  ];
}

/** A place for each line of the report, in its order. */
export function terminologyLines(): RestMeasured[] {
  const bars = { '$validate-code': 3_000, $lookup: 3_000, '$expand by words, the first 20 of 9,452': 500 };
  return Object.entries(bars).flatMap(([name, least]) =>
    connections.map((count) => ({ name, connections: count, bar: { least, unit: '/CPU-s' as const }, runs: [] })),
  );
}

/** Paths below the base URL. */
function pathsOf(name: string): string[] {
  const rows = Array.from({ length: variants }, (_, n) => (n * 7_919) % size);
  if (name === '$validate-code') {
    return rows.map((row) => `ValueSet/$validate-code?url=${valueSet}&system=${system}&code=${codeOf(row)}`);
  }
  if (name === '$lookup') return rows.map((row) => `CodeSystem/$lookup?system=${system}&code=${codeOf(row)}`);
  return rows.map((row, n) => {
    const [word = ''] = namesOf(row)[n % 2]!.split(' ');
    const filter = encodeURIComponent(word.slice(0, 2 + (n % 4)));
    return `ValueSet/$expand?url=${valueSet}&filter=${filter}&count=20&displayLanguage=ru`;
  });
}

/** Stores the code system and the value set, and measures every line in each round. */
export async function measureTerminology(
  { platform, token, watched }: Subject,
  load: Load,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
  progress: Progress,
): Promise<RestMeasured[]> {
  const url = new URL(platform.urls.playground);
  const ask = fhirAt(platform.urls.playground, token);
  for (const resource of resources()) {
    hasStatus(await ask('PUT', `${resource.resourceType}/${resource.id}`, resource), 201);
  }
  const lines = terminologyLines();
  const step = progress.step('measuring terminology');
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { name, connections: count, runs }] of lines.entries()) {
      step.update(round * lines.length + index, rounds * lines.length, `· round ${round + 1}, ${name}`);
      const job = {
        ...{ kind: 'get' as const, host: '127.0.0.1', port: Number(url.port), connections: count, token },
        ...{ warmUp, duration: seconds * 1000, paths: pathsOf(name).map((path) => `${url.pathname}/${path}`) },
      };
      runs.push((await load.run(job, watched)).run);
    }
  }
  step.done(`${lines.length} lines`);
  return lines;
}
