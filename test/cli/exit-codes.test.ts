/** Every exit code, produced by the command line: separate processes, a real document, a simulated kernel. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  EXIT,
  EXIT_NAMES,
  EXIT_TABLE,
  type ExitName,
  exitCodeOf,
  listCodes,
} from '../../reconciler/app/exit-codes.ts';
import { COMMON_EXITS } from '../../reconciler/cli/manual/help.ts';
import { loadVerbs, CLI_VERBS } from '../../reconciler/cli/verbs.ts';
import { failure } from '../../reconciler/model/result.ts';
import { execNow, type Outcome } from '../support/exec.ts';
import { readSources } from '../support/sources.ts';
import { type CliNode, makeCliNode } from './simulated-node.ts';

/** How to produce a code: the command, and its output on stdout or stderr. */
type Way = { readonly run: (node: CliNode) => Outcome | Promise<Outcome>; readonly says: RegExp };

const AS_NOBODY = ['setpriv', '--reuid', '65534', '--clear-groups'];
const canDropRoot = execNow([...AS_NOBODY, 'true']).code === 0;
const VETH = { kind: 'link', netns: '', name: 'azv49407503e2f', type: 'veth' } as const;

/** Codes that cannot be produced here, and the reason. */
const NOT_PRODUCED: Partial<Record<ExitName, string>> = {
  unavailable: 'every verb works without a service; the code is kept for one that needs vnet watch',
  ...(canDropRoot ? {} : { noPermission: 'this user cannot become another one (setpriv)' }),
};

function edited(node: CliNode, from: string, to: string): string {
  expect(node.read()).toContain(from);
  return node.file('new.yaml', node.read().replace(from, to));
}

/** A foreign device takes the name of an interface of ours. */
function occupy(node: CliNode, name: string): void {
  node.kernel.play((kernel) =>
    kernel.addDevice({ kind: 'link', netns: '', name, type: 'device', mac: '02:00:00:00:00:01' }, []),
  );
}

function holding(node: CliNode, lock: string, ...args: readonly string[]): Outcome {
  return execNow(['flock', join(node.root, 'run/vnet', lock), ...node.command(...args)], { env: node.env });
}

/** The bridge is renamed and its old name is taken: it cannot be renamed back. */
function stuck(node: CliNode): Outcome {
  const applied = node.vnet(
    'apply',
    '-f',
    edited(node, 'name: azure0', 'name: br0'),
    '--confirm-within',
    '10m',
  );
  expect(applied.code).toBe(0);
  occupy(node, 'azure0');
  return node.vnet('revert');
}

const WAYS: Readonly<Record<Exclude<ExitName, 'unavailable'>, Way>> = {
  done: { run: (node) => node.vnet('reconcile'), says: /Converged/ },
  error: { run: (node) => node.vnet('man', '--out', '/proc/version'), says: /Name a writable directory/ },
  differences: {
    run: (node) => node.vnet('plan', '-f', edited(node, 'mtu: 1500 #', 'mtu: 1400 #')),
    says: /Plan: 0 to create, 1 to change/,
  },
  partly: {
    run: (node) => {
      node.kernel.play((kernel) => kernel.tamper({ verb: 'delete', have: VETH }));
      occupy(node, VETH.name);
      return node.vnet('reconcile');
    },
    says: /Not converged/,
  },
  conflict: {
    run: (node) =>
      node.vnet('apply', '--if-generation', '1', '-f', edited(node, 'mtu: 1500 #', 'mtu: 1400 #')),
    says: /at generation 7, not 1/,
  },
  refused: {
    run: (node) =>
      node.vnet('apply', '-f', edited(node, 'name: azure0', 'name: azure0\n      mac: 02:00:00:00:00:99')),
    says: /--max-disruption flow-reset/,
  },
  rolledBack: {
    run: (node) => {
      const route = '    routes:\n      - { to: 10.9.0.0/16, via: 192.0.2.1 }\n    pools:\n';
      return node.vnet('apply', '-f', edited(node, '    pools:\n', route));
    },
    says: /Rolled back/,
  },
  rollBackIncomplete: { run: stuck, says: /INCOMPLETE[^]*vnet reconcile continues/ },
  timedOut: {
    run: (node) => {
      expect(stuck(node).code).toBe(EXIT.rollBackIncomplete);
      node.vnet('reconcile');
      return node.vnet('wait', '--for', 'ready', '--timeout', '1s');
    },
    says: /not ready in time/,
  },
  usage: { run: (node) => node.vnet('reconsile'), says: /Did you mean reconcile/ },
  invalidData: {
    run: (node) => node.vnet('validate', edited(node, 'mtu: 1500 #', 'mtuu: 1500 #')),
    says: /new\.yaml:23:7: error: .*mtuu/,
  },
  noInput: { run: (node) => node.vnet('explain', '10.99.99.99'), says: /10\.99\.99\.99/ },
  tryAgain: { run: (node) => holding(node, 'watch.lock', 'watch'), says: /already running/ },
  noPermission: {
    run: (node) => execNow([...AS_NOBODY, ...node.command('pause')], { env: node.env }),
    says: /Run as root/,
  },
  unsupported: {
    run: (node) => node.vnet('validate', edited(node, 'vnet.azure/v2', 'vnet.azure/v3')),
    says: /vnet\.azure\/v3/,
  },
  interrupted: {
    run: async (node) => {
      const file = edited(node, 'mtu: 1500 #', 'mtu: 1400 #');
      const apply = node.start('apply', '-f', file, '--confirm-within', '10m');
      while (!node.exists('tentative.json') || !node.read().includes('mtu: 1400')) await pause(20);
      apply.kill('SIGINT');
      await once(apply, 'close');
      expect(node.read()).toContain('mtu: 1500 #');
      return { argv: [], code: apply.exitCode ?? -1, stdout: '', stderr: '', durationMs: 0 };
    },
    says: /^$/,
  },
};

const isProduced = (name: ExitName): name is keyof typeof WAYS => NOT_PRODUCED[name] === undefined;

describe('every exit code comes about for real:', () => {
  let node: CliNode | undefined;
  afterEach(() => {
    node?.remove();
    node = undefined;
  });

  it.each(EXIT_NAMES.filter(isProduced))(
    '%s',
    async (name) => {
      node = makeCliNode();
      const { run, says } = WAYS[name];
      const { code, stdout, stderr } = await run(node);
      expect([name, code, `${stdout}${stderr}`]).toEqual([name, EXIT[name], expect.stringMatching(says)]);
    },
    300_000,
  );

  it('is that of an error if the output cannot be written, but not if its reader has ended', () => {
    const made = (node = makeCliNode());
    const into = (pipe: string): Outcome =>
      execNow(['sh', '-c', `"$@" ${pipe}`, 'sh', ...made.command('export')], { env: made.env });
    expect(into('>/dev/full')).toMatchObject({ code: EXIT.error, stderr: expect.stringMatching(/ENOSPC/) });
    expect(into('| true')).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(Object.entries(NOT_PRODUCED))('but for %s: %s', (name) => {
    const sources = readSources(['reconciler']).filter(({ path }) => !path.endsWith('/exit-codes.ts'));
    const users = sources.filter(({ text }) => text.includes('EXIT.unavailable'));
    expect(name === 'unavailable' ? users.map(({ path }) => path) : []).toEqual([]);
  });
});

describe('the table of exit codes', () => {
  let readme: string;
  beforeAll(() => {
    readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  });

  it('has every code once, in their order, each with a meaning, and with what to do next unless all is well', () => {
    expect(EXIT_NAMES.map((name) => EXIT[name])).toEqual(
      Object.values(EXIT).toSorted((left, right) => left - right),
    );
    for (const name of EXIT_NAMES) {
      const { title, meaning, next } = EXIT_TABLE[name];
      expect([title, meaning].every((text) => text.length > 3)).toBe(true);
      expect([name, next === '']).toEqual([name, name === 'done']);
    }
  });

  it('is what README says', () => {
    const told = /Exit codes: ([^]*?)\.\n/.exec(readme)?.[1] ?? '';
    expect(told.replaceAll(/\s+/g, ' ')).toBe(listCodes(EXIT_NAMES));
  });

  it('has a code for every failure, and every verb says which codes are its own', async () => {
    expect(exitCodeOf(failure('busy', 'x', 'y'))).toBe(EXIT.tryAgain);
    const verbs = await loadVerbs(Object.keys(CLI_VERBS));
    for (const [
      verb,
      {
        manual: { exits },
      },
    ] of verbs) {
      expect([verb, exits[0]]).toEqual([verb, 'done']);
      expect([verb, new Set(exits).size]).toEqual([verb, exits.length]);
    }
    const told = new Set([
      ...COMMON_EXITS,
      ...Array.from(verbs.values(), ({ manual }) => manual.exits).flat(),
    ]);
    expect(EXIT_NAMES.filter((name) => !told.has(name))).toEqual(['unavailable']);
  });
});
