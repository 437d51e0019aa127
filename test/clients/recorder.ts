/** Plugins that record their input and then run the real ones. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One call of the runtime. Shape: `env` has the CNI variables, `input` the contents of stdin. */
export type Recorded = {
  readonly plugin: string;
  readonly verb: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input: Readonly<Record<string, unknown>>;
  readonly code: number;
};

/** A folder of plugins, and their recorded calls. */
export type Recorder = {
  readonly folder: string;
  /** Returns the calls of one plugin since the last take, in order of their starts. */
  readonly take: (plugin: string) => readonly Recorded[];
};

/** Returns a recorder in the folder; each plugin is named with the real one's path. `env` is set for all of them. */
export function makeRecorder(
  folder: string,
  plugins: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Recorder {
  const [bin, log] = [join(folder, 'bin'), join(folder, 'calls')];
  for (const made of [bin, log]) mkdirSync(made, { recursive: true });
  const exports = Object.entries(env).map(([name, value]) => `export ${name}='${value}'`);
  for (const [name, real] of Object.entries(plugins)) {
    const script = [
      '#!/bin/sh',
      `call=${log}/$(date +%s%N)-$$`,
      'env | grep ^CNI_ > $call.env',
      'cat > $call.in',
      ...exports,
      `${real} < $call.in`,
      'code=$?',
      `printf '%s %s' ${name} $code > $call.done`,
      'exit $code',
    ];
    writeFileSync(join(bin, name), `${script.join('\n')}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  let seen = new Set<string>();
  return {
    folder: bin,
    take: (plugin) => {
      const all = readdirSync(log).filter((file) => file.endsWith('.done'));
      const fresh = all.filter((file) => !seen.has(file)).toSorted();
      seen = new Set(all);
      return fresh
        .map((file) => readCall(join(log, file.slice(0, -5))))
        .filter((call) => call.plugin === plugin);
    },
  };
}

function readCall(path: string): Recorded {
  const [plugin = '', code = ''] = readFileSync(`${path}.done`, 'utf8').split(' ');
  const lines = readFileSync(`${path}.env`, 'utf8').trim().split('\n');
  const env = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const text = existsSync(`${path}.in`) ? readFileSync(`${path}.in`, 'utf8') : '';
  const input: Recorded['input'] = text === '' ? {} : JSON.parse(text);
  return { plugin, verb: env['CNI_COMMAND'] ?? '', env, input, code: Number(code) };
}
