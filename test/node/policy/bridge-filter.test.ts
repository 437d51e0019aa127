/** br_netfilter, which any program may switch at any moment: what policies deny stays denied, and what they allow arrives. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../../plugin/live-node.ts';
import { longOr } from '../../support/long.ts';
import type { Netns } from '../../support/netns.ts';
import { type LiveWatch, startWatch } from '../live-watch.ts';
import { addressOf } from '../mode-nodes.ts';
import { makePolicyNode, type PolicyNode, WEB_TO_DB } from './policy-node.ts';

const SWITCHES = longOr(100, 2000);
const PORT = 80;

/** Switches both families, now the one and now the other, until it has done so often enough. */
const SWITCHING = `for n in $(seq ${SWITCHES}); do
  for to in 1 0; do for f in iptables ip6tables; do sysctl -qw net.bridge.bridge-nf-call-$f=$to; sleep 0.00$((n % 7)); done; done
done`;

/** Sends to all addresses until its input ends; each packet has been sent then. */
const FLOOD = `const s = require('dgram').createSocket('udp6');
const addresses = process.argv.slice(1);
let [left, isEnding] = [0, false];
const sent = () => { left -= 1; if (left === 0) { if (isEnding) s.close(); else setTimeout(next, 1); } };
const next = () => { for (const to of addresses) for (let n = 0; n < 5; n += 1) { left += 1; s.send('x', ${PORT}, to, sent); } };
process.stdin.on('end', () => { isEnding = true; }).resume();
s.bind(next);`;

describe.skipIf(!hasLiveNodes)('br_netfilter that another program switches', () => {
  let node: PolicyNode;
  let watch: LiveWatch;
  const pods = new Map<string, Netns>();
  const pod = (name: string): Netns => pods.get(name) ?? unmade();

  beforeAll(async () => {
    const head = WEB_TO_DB.replace('port: 80', `port: ${PORT}, protocol: UDP`);
    node = makePolicyNode('bridge, br_netfilter off', head, true);
    watch = await startWatch(node, '--interval', '600s');
    for (const name of ['db', 'web', 'other']) {
      pods.set(name, node.add('shop', name, { labels: { app: name } }).netns);
    }
    pods.set('outsider', node.add('office', 'outsider').netns);
  });
  afterAll(async () => {
    await watch.end('SIGTERM');
    node.remove();
  });

  const SENDERS = ['web', 'other', 'outsider'];

  const count = (): void => {
    const rules = SENDERS.flatMap((name) => [
      `ip saddr ${addressOf(pod(name))} udp dport ${PORT} counter`,
      `ip6 saddr ${addressOf(pod(name), 6)} udp dport ${PORT} counter`,
    ]);
    const table = (hook: string): string =>
      `table inet count { chain c { type filter hook ${hook} priority 0; ${rules.join('; ')}; }\n}\n`;
    pod('db').mustExec(['nft', '-f', '-'], { input: table('input') });
    for (const name of SENDERS) pod(name).mustExec(['nft', '-f', '-'], { input: table('output') });
  };

  /** Packets by sender, of IPv4 and of IPv6. */
  const counted = (place: Netns): readonly number[] => {
    const { stdout } = place.mustExec(['nft', 'list', 'table', 'inet', 'count']);
    return Array.from(stdout.matchAll(/packets (\d+)/g), ([, packets]) => Number(packets));
  };

  const flood = (name: string): (() => Promise<void>) => {
    const targets = [`::ffff:${addressOf(pod('db'))}`, addressOf(pod('db'), 6)];
    const argv = [`--net=${pod(name).path}`, '--', process.execPath, '-e', FLOOD, ...targets];
    const child = spawn('nsenter', argv, { stdio: ['pipe', 'ignore', 'inherit'] });
    const ended = new Promise<void>((resolve) => void child.on('exit', () => resolve()));
    return () => {
      child.stdin.end();
      return ended;
    };
  };

  it('opens nothing, and loses nothing', async () => {
    count();
    const stops = SENDERS.map(flood);
    const switching = spawn('nsenter', [`--net=${node.netns.path}`, '--', 'sh', '-c', SWITCHING], {
      stdio: 'ignore',
    });
    expect(await new Promise((resolve) => void switching.on('exit', resolve))).toBe(0);
    for (const stop of stops) await stop();
    const sent = SENDERS.map((name, at) => counted(pod(name)).slice(2 * at, 2 * at + 2));
    const [web = [], ...denied] = sent;
    console.log(
      `${SWITCHES} switches: allowed ${web.join(' + ')}, denied ${denied.flat().join(' + ')} packets`,
    );
    for (const packets of sent.flat()) expect(packets).toBeGreaterThan(100);
    expect(counted(pod('db'))).toEqual([...web, 0, 0, 0, 0]);
  });
});

function unmade(): never {
  throw new Error('no such pod');
}
