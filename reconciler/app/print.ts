/** Output for programs: the one place that renders values as JSON or YAML. */
import { Bug } from '../model/result.ts';
import type { Output } from './output.ts';

/** The output formats: text for people, JSON and YAML for programs. */
export const FORMATS = ['text', 'json', 'yaml'] as const;

/** One of FORMATS. */
export type Format = (typeof FORMATS)[number];

let renderYaml: ((value: unknown) => string) | undefined;

/** Resolves once printValue() can print the format. The command line calls it before a verb runs. */
export async function loadFormat(format: Format): Promise<void> {
  if (format === 'yaml') ({ renderYaml } = await import('../document/yaml/parse.ts'));
}

/**
 * Prints the value as JSON or YAML. Undefined fields are omitted; Maps must be converted to objects first.
 * Throws a Bug for YAML before loadFormat().
 */
export function printValue(value: unknown, format: Exclude<Format, 'text'>, output: Output): void {
  if (format === 'json') {
    output.print(JSON.stringify(value, null, 2));
    return;
  }
  if (renderYaml === undefined) throw new Bug('loadFormat() comes before printValue()');
  output.print(renderYaml(value).trimEnd());
}
