/**
 * Parses the text form of metrics, and checks it as promtool does.
 * Source: prometheus.io/docs/instrumenting/exposition_formats.
 */
import { execNow } from '../../support/exec.ts';
import { findCommand } from '../../support/tools.ts';

/** The value of each sample, by name and labels as written. */
export type Samples = ReadonlyMap<string, number>;

const SAMPLE = /^([a-z_]+)(\{(?:[a-z]+="[^"\\\n]*",?)*\})? (-?[0-9.e+-]+|[+-]Inf|NaN)$/;

/** Returns the samples. Errors: throws at a line that is neither a sample nor a comment. */
export function parseSamples(text: string): Samples {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) throw new Error(`not a sample: ${line}`);
    const key = `${name}${labels}`;
    if (samples.has(key)) throw new Error(`twice: ${key}`);
    samples.set(key, Number(value));
  }
  return samples;
}

/** Returns the errors in names and types; from `promtool check metrics` if it is installed. */
export function lintMetrics(text: string): readonly string[] {
  const wrong: string[] = [];
  const families = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({
    name,
    type,
  }));
  for (const { name, type } of families) {
    if (!new RegExp(`^# HELP ${name} \\S.*\\.$`, 'm').test(text)) wrong.push(`${name} has no help`);
    if ((type === 'counter') !== name.endsWith('_total')) wrong.push(`${name} is a ${type}`);
    if (type === 'histogram' && !name.endsWith('_seconds')) wrong.push(`${name} has no unit`);
    if (!/^[a-z][a-z0-9_]*$/.test(name) || /_(ms|millis|count|sum|bucket)$/.test(name)) wrong.push(name);
    if (/gauge|counter|histogram/.test(name)) wrong.push(`${name} has its type in its name`);
  }
  return [...wrong, ...askPromtool(text)];
}

/** Whether this machine has promtool (Debian: prometheus). */
export const hasPromtool = findCommand('promtool') !== undefined;

function askPromtool(text: string): readonly string[] {
  if (!hasPromtool) return [];
  const { code, stdout, stderr } = execNow(['promtool', 'check', 'metrics'], { input: text });
  return code === 0 ? [] : [`${stdout}${stderr}`];
}
