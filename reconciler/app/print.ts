/** Answers for programs: the one place that turns a value into JSON or YAML. */
import { Bug } from '../model/result.ts';
import type { Output } from './output.ts';

/** How an answer can be printed: a table for people, or a value for programs. */
export const FORMATS = ['text', 'json', 'yaml'] as const;

/** One of FORMATS. */
export type Format = (typeof FORMATS)[number];

let renderYaml: ((value: unknown, lineWidth: number) => string) | undefined;

/** Resolves when printValue() can print the format. The command line does it before any verb runs. */
export async function loadFormat(format: Format): Promise<void> {
  if (format === 'yaml') ({ renderYaml } = await import('../document/yaml/parse.ts'));
}

/**
 * Prints the value as JSON or YAML: fields that are undefined are left out, Maps must be made objects first.
 * Throws a Bug for YAML before loadFormat().
 */
export function printValue(value: unknown, format: Exclude<Format, 'text'>, output: Output): void {
  const json = JSON.stringify(value, null, 2);
  if (format === 'json') {
    output.print(json);
    return;
  }
  if (renderYaml === undefined) throw new Bug('loadFormat() comes before printValue()');
  // Through JSON, so that duplicated values become no anchors, and both formats agree.
  output.print(renderYaml(JSON.parse(json), 0).trimEnd());
}
