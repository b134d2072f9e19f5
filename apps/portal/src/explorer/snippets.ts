/** A call as lines of a program, to be copied: in each language it is the same request, whatever its texts contain. */

export interface Snippet {
  readonly method: string;
  /** Public address. */
  readonly url: string;
  /** Without Authorization. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Whether a token is sent, which the program reads from the environment variable TOKEN. */
  readonly hasToken: boolean;
}

export const snippetLanguages = ['curl', 'JavaScript', 'Python', 'Java', 'C#', 'PHP', 'Go'] as const;
export type SnippetLanguage = (typeof snippetLanguages)[number];

export function snippetIn(language: SnippetLanguage, snippet: Snippet): string {
  const { url, body, headers } = snippet;
  return makers[language]({
    ...snippet,
    url: url.toWellFormed(),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.toWellFormed()])),
    body: body?.toWellFormed(),
  });
}

const makers: Readonly<Record<SnippetLanguage, (snippet: Snippet) => string>> = {
  curl,
  JavaScript: javaScript,
  Python: python,
  Java: java,
  'C#': cSharp,
  PHP: php,
  Go: go,
};

/** Within single quotes a shell interprets nothing but the closing quote. */
const shell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A text in double quotes as JSON writes it, which JavaScript, Python, Java, C# and Go read alike: no sign of a template or of an interpolation
 * means anything in it.
 */
const quoted = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** In single quotes PHP reads a backslash and the end. */
const single = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function curl({ method, url, headers, body, hasToken }: Snippet): string {
  const lines = [
    `curl -i --globoff --path-as-is -X ${method} ${shell(url)}`,
    ...(hasToken ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...Object.entries(headers).map(([name, value]) => `-H ${shell(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`--data-raw ${shell(body)}`]),
  ];
  return lines.join(' \\\n  ');
}

/** Members of the header fields, a line for each. */
function members(
  { headers, hasToken }: Snippet,
  line: (name: string, value: string) => string,
  token: string,
): string[] {
  return [
    ...(hasToken ? [token] : []),
    ...Object.entries(headers).map(([name, value]) => line(quoted(name), quoted(value))),
  ];
}

function javaScript(snippet: Snippet): string {
  const { method, url, body } = snippet;
  const fields = members(
    snippet,
    (name, value) => `    ${name}: ${value},`,
    '    Authorization: `Bearer ${process.env.TOKEN}`,',
  );
  return [
    `const answer = await fetch(${quoted(url)}, {`,
    `  method: ${quoted(method)},`,
    '  headers: {',
    ...fields,
    '  },',
    ...(body === undefined ? [] : [`  body: ${quoted(body)},`]),
    '});',
    'console.log(answer.status, await answer.text());',
  ].join('\n');
}

function python(snippet: Snippet): string {
  const { method, url, body } = snippet;
  const fields = members(
    snippet,
    (name, value) => `        ${name}: ${value},`,
    '        "Authorization": "Bearer " + os.environ["TOKEN"],',
  );
  return [
    'import os',
    'import urllib.error',
    'import urllib.request',
    '',
    'request = urllib.request.Request(',
    `    ${quoted(url)},`,
    `    method=${quoted(method)},`,
    '    headers={',
    ...fields,
    '    },',
    ...(body === undefined ? [] : [`    data=${quoted(body)}.encode("utf-8"),`]),
    ')',
    'try:',
    '    answer = urllib.request.urlopen(request)',
    'except urllib.error.HTTPError as error:',
    '    answer = error',
    'print(answer.status, answer.read().decode("utf-8"))',
  ].join('\n');
}

function java(snippet: Snippet): string {
  const { method, url, body } = snippet;
  const fields = members(
    snippet,
    (name, value) => `    .header(${name}, ${value})`,
    '    .header("Authorization", "Bearer " + System.getenv("TOKEN"))',
  );
  const publisher = body === undefined ? 'noBody()' : `ofString(${quoted(body)})`;
  return [
    'var request = java.net.http.HttpRequest.newBuilder()',
    `    .uri(java.net.URI.create(${quoted(url)}))`,
    ...fields,
    `    .method(${quoted(method)}, java.net.http.HttpRequest.BodyPublishers.${publisher})`,
    '    .build();',
    'var answer = java.net.http.HttpClient.newHttpClient()',
    '    .send(request, java.net.http.HttpResponse.BodyHandlers.ofString());',
    'System.out.println(answer.statusCode() + " " + answer.body());',
  ].join('\n');
}

function cSharp(snippet: Snippet): string {
  const { method, url, body } = snippet;
  const { 'content-type': type, ...headers } = snippet.headers;
  const fields = members(
    { ...snippet, headers },
    (name, value) => `request.Headers.TryAddWithoutValidation(${name}, ${value});`,
    'request.Headers.Add("Authorization", "Bearer " + Environment.GetEnvironmentVariable("TOKEN"));',
  );
  const content = [
    `request.Content = new StringContent(${quoted(body ?? '')}, System.Text.Encoding.UTF8);`,
    `request.Content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(${quoted(type ?? 'application/fhir+json')});`,
  ];
  return [
    'using var client = new HttpClient();',
    `using var request = new HttpRequestMessage(new HttpMethod(${quoted(method)}), ${quoted(url)});`,
    ...fields,
    ...(body === undefined ? [] : content),
    'using var answer = await client.SendAsync(request);',
    'Console.WriteLine($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");',
  ].join('\n');
}

function php({ method, url, headers, body, hasToken }: Snippet): string {
  const fields = [
    ...(hasToken ? ["        'Authorization: Bearer ' . getenv('TOKEN'),"] : []),
    ...Object.entries(headers).map(([name, value]) => `        ${single(`${name}: ${value}`)},`),
  ];
  return [
    '<?php',
    `$request = curl_init(${single(url)});`,
    'curl_setopt_array($request, [',
    `    CURLOPT_CUSTOMREQUEST => ${single(method)},`,
    '    CURLOPT_HTTPHEADER => [',
    ...fields,
    '    ],',
    ...(body === undefined ? [] : [`    CURLOPT_POSTFIELDS => ${single(body)},`]),
    '    CURLOPT_RETURNTRANSFER => true,',
    ']);',
    '$answer = curl_exec($request);',
    "echo curl_getinfo($request, CURLINFO_RESPONSE_CODE), ' ', $answer;",
  ].join('\n');
}

function go(snippet: Snippet): string {
  const { method, url, body } = snippet;
  const fields = members(
    snippet,
    (name, value) => `\trequest.Header.Set(${name}, ${value})`,
    '\trequest.Header.Set("Authorization", "Bearer "+os.Getenv("TOKEN"))',
  );
  return [
    'package main',
    '',
    'import (',
    '\t"fmt"',
    '\t"io"',
    '\t"net/http"',
    ...(snippet.hasToken ? ['\t"os"'] : []),
    ...(body === undefined ? [] : ['\t"strings"']),
    ')',
    '',
    'func main() {',
    `\trequest, err := http.NewRequest(${quoted(method)}, ${quoted(url)}, ${body === undefined ? 'nil' : `strings.NewReader(${quoted(body)})`})`,
    '\tif err != nil {',
    '\t\tpanic(err)',
    '\t}',
    ...fields,
    '\tanswer, err := http.DefaultClient.Do(request)',
    '\tif err != nil {',
    '\t\tpanic(err)',
    '\t}',
    '\tdefer answer.Body.Close()',
    '\ttext, _ := io.ReadAll(answer.Body)',
    '\tfmt.Println(answer.StatusCode, string(text))',
    '}',
  ].join('\n');
}
