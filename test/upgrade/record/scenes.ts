/**
 * The scenes of the recorded nodes: each leaves files of one kind that a later build must be able to open.
 */
import { spawn } from 'node:child_process';
import { existsSync, renameSync, watch } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { endProcessesBelow } from '../../cli/simulated-node.ts';
import { netnsOf } from '../../support/node.ts';
import { ADDRESSES, BRIDGE, PLAIN, RESERVATIONS, ROUTED, TRANSPARENT } from './documents.ts';
import { importNode } from './import.ts';
import { askForPool } from './pool.ts';
import { CONF, RECORDED_ROOT, SECOND_BOOT, type Stage } from './stage.ts';

/** The build's output about the resulting node, by the name of its file in the fixture. */
export type SceneOutput = Readonly<Record<string, string>>;

/** One node. Shape: resolves to the output to keep beside its files. */
export type Scene = (stage: Stage) => Promise<SceneOutput> | SceneOutput;

const DOCUMENT = 'var/lib/vnet/vnet.yaml';

/** Puts the document in force; the node's first round takes the uplink over. */
function begin(stage: Stage, document: string, pods: readonly number[] = []): void {
  stage.write(DOCUMENT, document);
  stage.vnet(['reconcile', '--max-disruption', 'node-outage']);
  for (const pod of pods) stage.call('ADD', pod);
}

/** As an editor does: writes a file beside the document and renames it. */
function save(stage: Stage, text: string): void {
  stage.stepOnTheSecond();
  stage.write(`${DOCUMENT}.edited`, text);
  renameSync(stage.path(`${DOCUMENT}.edited`), stage.path(DOCUMENT));
}

function edit(stage: Stage, script: string, why: string): void {
  const env = { EDITOR: `sed -i -e '${script}'`, TMPDIR: RECORDED_ROOT };
  stage.vnet(['edit', '--yes', '-m', why], { env });
}

/** The whole life of a node: pods, edits, a rollback, a checkpoint, accepted drift, pauses, a saved plan. */
function lived(stage: Stage): SceneOutput {
  begin(stage, BRIDGE, [0, 1, 2, 3]);
  edit(stage, 's/mtu: 1500 # as the/mtu: 1400 # not as the/', 'the overlay');
  stage.vnet(['reconcile']);
  for (const pod of [4, 5]) stage.call('ADD', pod);
  stage.call('DEL', 3);
  edit(stage, 's/via: 10.240.0.1$/via: 10.240.0.2/', 'another router');
  stage.vnet(['rollback', '124', '-m', 'not that one']);
  stage.call('DEL', 4);
  stage.call('ADD', 6);
  stage.vnet(['reconcile']);
  stage.kernel.play((node) => {
    const eth0 = { kind: 'link', netns: '', name: 'azure0', type: 'bridge' } as const;
    node.tamper({ verb: 'update', have: eth0, want: { ...eth0, mtuBytes: 1300 }, fields: ['mtuBytes'] });
    const to = { kind: 'route', netns: '', family: 4, to: '10.9.0.0/16', table: 254, dev: 'azure0' } as const;
    node.tamper({ verb: 'delete', have: { ...to, metric: 0, via: '10.240.0.1' } });
  });
  stage.vnet(['drift', '--accept', 'link azure0', '--for', '30d', '-m', 'jumbo test']);
  stage.vnet(['pause', 'default/web-1', '--for', '30d', '--reason', 'capture of traffic']);
  stage.vnet(['reconcile']);
  const conflist = { cniVersion: '1.0.0', name: 'azure', plugins: [CONF] };
  stage.write('azure.conflist', JSON.stringify(conflist));
  const bin = stage.program('');
  stage.vnet(['cni', 'add', stage.path('azure.conflist'), netnsOf(8), '--cni-path', bin]);
  stage.write('new.yaml', stage.read(DOCUMENT).replace('quarantineSeconds: 300', 'quarantineSeconds: 60'));
  stage.vnet(['plan', '-f', stage.path('new.yaml'), '--out', stage.path('saved.plan')], { code: 2 });
  const shown = (generation: string): string => stage.vnet(['show', generation]).stdout;
  return {
    'history.json': stage.vnet(['history', '-o', 'json']).stdout,
    ...Object.fromEntries(
      ['118', '123', '124', '127', '128', '131'].map((at) => [`show-${at}.yaml`, shown(at)]),
    ),
  };
}

function leased(stage: Stage): SceneOutput {
  stage.write(DOCUMENT, ADDRESSES);
  const conf = { cniVersion: '1.0.0', name: 'storage', type: 'bridge', ipam: { type: 'azure-vnet-ipam' } };
  const lease = { program: 'azure-vnet-ipam', conf } as const;
  for (const pod of [0, 1, 2]) stage.call('ADD', pod, lease);
  stage.call('DEL', 0, lease);
  return {};
}

function reserved(stage: Stage): SceneOutput {
  begin(stage, RESERVATIONS, [0, 2]);
  return {};
}

function transparent(stage: Stage): SceneOutput {
  stage.write(DOCUMENT, TRANSPARENT);
  const conf = { cniVersion: '1.0.0', name: 'azure', type: 'azure-vnet', ipam: CONF.ipam };
  for (const pod of [0, 1, 2]) stage.call('ADD', pod, { conf });
  stage.call('DEL', 1, { conf });
  return {};
}

function routed(stage: Stage): SceneOutput {
  stage.write(DOCUMENT, ROUTED);
  const conf = {
    cniVersion: '1.0.0',
    name: 'kubenet',
    type: 'azure-vnet',
    ipam: { type: 'azure-vnet-ipam' },
  };
  for (const pod of [0, 1, 2]) stage.call('ADD', pod, { conf });
  stage.call('DEL', 1, { conf });
  return {};
}

/** The document was in an editor while a pod started, and has just been saved. */
function editing(stage: Stage): SceneOutput {
  begin(stage, PLAIN, [0]);
  const opened = stage.read(DOCUMENT);
  stage.call('ADD', 1);
  save(stage, opened.replace('      name: azure0\n', '      name: azure0\n      mtu: 1400 # by hand\n'));
  return {};
}

/** An invalid save, one in conflict with another, and a resolved one. */
async function refused(stage: Stage): Promise<SceneOutput> {
  begin(stage, PLAIN, [0]);
  const opened = stage.read(DOCUMENT);
  save(stage, opened.replace('mode: bridge', 'mode: bride'));
  await pause(200);
  stage.call('ADD', 1);
  stage.vnet(['edit', '--discard']);
  save(stage, opened.replace('10.240.0.36-10.240.0.65', '10.240.0.36-10.240.0.300'));
  await pause(200);
  stage.call('ADD', 2);
  stage.vnet(['reconcile'], { code: 0 });
  return {};
}

function rebooted(stage: Stage): SceneOutput {
  begin(stage, PLAIN, [0, 1]);
  stage.call('DEL', 1);
  stage.step();
  stage.kernel.play((node) => node.reboot());
  stage.setBoot(SECOND_BOOT);
  return {};
}

type Started = ReturnType<Stage['callOf']>;

function vnetCall(stage: Stage, args: readonly string[]): Started {
  return { argv: [stage.program('vnet'), ...args], input: '', env: {} };
}

const CHANGE = ['--confirm-within', '10m', '-m', 'a smaller MTU'] as const;

function changed(stage: Stage): readonly string[] {
  begin(stage, PLAIN, [0]);
  const text = stage.read(DOCUMENT);
  stage.write('new.yaml', text.replace('      name: azure0\n', '      name: azure0\n      mtu: 1400\n'));
  return ['apply', '-f', stage.path('new.yaml'), ...CHANGE];
}

function unconfirmed(stage: Stage): SceneOutput {
  stage.vnet([...changed(stage)]);
  endProcessesBelow(RECORDED_ROOT);
  return {};
}

/** Killed between its last step and its verification, which follows a second later. */
async function halfApplied(stage: Stage): Promise<SceneOutput> {
  const args = changed(stage);
  stage.step();
  await killWhen(stage, vnetCall(stage, args), () => stage.read(DOCUMENT).includes('mtu: 1400'));
  endProcessesBelow(RECORDED_ROOT);
  return {};
}

/** A DEL killed after the document change and before the kernel change. */
async function halfDeleted(stage: Stage): Promise<SceneOutput> {
  begin(stage, PLAIN, [0, 1]);
  stage.step();
  const held = spawn('flock', [stage.path('kernel.json.lock'), 'sleep', '60'], { detached: true });
  await pause(200);
  const { env, ...call } = stage.callOf('DEL', 1);
  await killWhen(stage, { ...call, env }, () => stage.read(DOCUMENT).includes('leaving:'));
  process.kill(-(held.pid ?? 0), 'SIGKILL');
  return {};
}

/** Killed in the middle of its first round. */
async function halfTaken(stage: Stage): Promise<SceneOutput> {
  stage.write(DOCUMENT, PLAIN);
  stage.write('run/vnet/.keep', '');
  stage.step();
  const journal = stage.path('run/vnet/takeover.journal');
  const round = vnetCall(stage, ['reconcile', '--max-disruption', 'node-outage']);
  await killWhen(stage, round, () => existsSync(journal));
  if (!existsSync(journal)) throw new Error('it was too quick: run this again');
  return {};
}

/**
 * Starts an executable and kills it at the first change in the node's folders after which `isTime` is true.
 */
async function killWhen(stage: Stage, { argv, input, env }: Started, isTime: () => boolean): Promise<void> {
  const child = spawn(argv[0] ?? '', argv.slice(1), {
    env: { ...stage.environment(env) },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.end(input);
  const ended = new Promise((resolve) => child.on('close', resolve));
  const kill = (): void => void (isTime() && child.kill('SIGKILL'));
  const watchers = ['run/vnet', 'var/lib/vnet'].map((folder) => watch(stage.path(folder), kill));
  await ended;
  for (const watcher of watchers) watcher.close();
}

/** All scenes, by the folder of their fixture. */
export const SCENES: Readonly<Record<string, Scene>> = {
  lived,
  leased,
  reserved,
  transparent,
  routed,
  editing,
  refused,
  rebooted,
  unconfirmed,
  'half-applied': halfApplied,
  'half-deleted': halfDeleted,
  'half-taken': halfTaken,
  imported: importNode,
  asked: askForPool,
};
