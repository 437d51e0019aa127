/** The tracked connections of former pods: the requests that delete them, and what the kernel has then. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hexOf } from '../../../reconciler/kernel/netlink/attribute.ts';
import { deleteConnections } from '../../../reconciler/kernel/policy/former-connections.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import { makeNetns, type Netns, uniqueName } from '../../support/netns.ts';

const BY_ORIGINAL = '14001980 08000100 01000000 08000200 00000000';
const BY_REPLY = '14001980 08000100 00000000 08000200 01000000';

describe('the request that deletes connections', () => {
  it.each([
    ['10.9.0.2', 'ingress', `02000000 10000180 0c000180 08000100 0a090002 ${BY_ORIGINAL}`],
    ['10.9.0.2', 'egress', `02000000 10000280 0c000180 08000100 0a090002 ${BY_REPLY}`],
  ] as const)('names the source %s for the direction %s, and nothing else', (address, direction, bytes) => {
    const { type, flags, body } = deleteConnections({ address, direction });
    expect([type, flags, hexOf(body)]).toEqual([0x102, 0, bytes.replaceAll(' ', '')]);
  });
});

const RULES = 'table inet seen { chain out { type filter hook output priority 0; ct state new accept; }\n}\n';
const SCRIPT = join(import.meta.dirname, 'former-connections-process.ts');
const BEFORE = { 'other > peer': 2, 'peer > pod': 4, 'pod > peer': 6 };

describe.skipIf(!hasNamespaces)('the connections of a former pod', () => {
  const made: Netns[] = [];
  afterEach(() => {
    for (const netns of made.splice(0)) netns.remove();
  });

  it.each([
    ['deleted', 'pod_in', { 'other > peer': 2, 'peer > pod': 4 }],
    ['deleted', 'pod_eg', { 'other > peer': 2, 'pod > peer': 6 }],
    ['listed', 'pod_in', { 'other > peer': 2, 'peer > pod': 4 }],
    ['listed', 'pod_eg', { 'other > peer': 2, 'pod > peer': 6 }],
    ['deleted', 'none', BEFORE],
    ['kept', 'pod_in', BEFORE],
  ])('are %s, without all others, for %s', (way, set, after) => {
    const netns = makeNetns(uniqueName('former'));
    made.push(netns);
    for (const end of [2, 3, 4]) {
      netns.mustExec(['ip', 'addr', 'add', `10.9.0.${end}/32`, 'dev', 'lo']);
      netns.mustExec(['ip', 'addr', 'add', `fd00:9::${end}/128`, 'dev', 'lo', 'nodad']);
    }
    netns.mustExec(['nft', '-f', '-'], { input: RULES });
    const ran = netns.mustExec([process.execPath, '--import', 'tsx', SCRIPT, way, set]);
    expect(JSON.parse(ran.stdout)).toEqual({ before: BEFORE, after });
  });
});
