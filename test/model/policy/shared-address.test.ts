/** An address of several pods: while it moves from one to another, or where the cluster knows an ended pod still. */
import { describe, expect, it } from 'vitest';
import { PolicyCompiler } from '../../../reconciler/model/policy/compiler/compile.ts';
import type { PolicyPod } from '../../../reconciler/model/policy/members.ts';
import type { NetworkPolicy } from '../../../schemas/generated/vnet.ts';
import { deniedIn } from './judge.ts';

const TCP = 6;
const SHARED = '10.0.0.9';

const pod = (name: string, addresses: readonly string[], app: string, more: object = {}): PolicyPod => ({
  namespace: 'x',
  name,
  labels: { app },
  addresses,
  ...more,
});
const db = pod('db', ['10.0.0.1'], 'db', { isLocal: true });
const from = (...apps: readonly string[]): NetworkPolicy => ({
  podSelector: { matchLabels: { app: 'db' } },
  ingress: [{ from: apps.map((app) => ({ podSelector: { matchLabels: { app } } })), ports: [{ port: 80 }] }],
});

/** Whether a packet passes from the shared address to db, or from db to it. */
function passes(policies: Readonly<Record<string, NetworkPolicy>>, pods: readonly PolicyPod[], port = 80) {
  const input = {
    policies,
    pods: [db, ...pods],
    namespaces: new Map(),
    unknown: 'deny' as const,
    nodeCidrs: [],
  };
  const sets = new PolicyCompiler().compile(input);
  const turned = new PolicyCompiler().compile({ ...input, pods: input.pods.toReversed() });
  const ask = (source: string, destination: string): boolean => {
    const packet = { source, destination, protocol: TCP, port };
    const [one, other] = [sets, turned].map((each) => deniedIn(each, packet) === undefined);
    expect(one).toBe(other);
    return one === true;
  };
  return { fromShared: ask(SHARED, '10.0.0.1'), toShared: ask('10.0.0.1', SHARED) };
}

const web = pod('web', [SHARED], 'web');
const old = pod('old', [SHARED], 'old');

describe('an address of two pods', () => {
  it.each([
    ['the first by name is allowed', { 'x/p': from('old') }, false],
    ['the second is allowed', { 'x/p': from('web') }, false],
    ['both are allowed by one rule', { 'x/p': from('old', 'web') }, false],
    [
      'both are allowed by a rule for all',
      { 'x/p': { ...from(), ingress: [{ from: [{ podSelector: {} }] }] } },
      true,
    ],
    ['neither is allowed', { 'x/p': from('none') }, false],
  ])('is granted what all of them are granted: %s', (_, policies, isOpen) => {
    expect(passes(policies, [old, web]).fromShared).toBe(isOpen);
  });

  it('is of the pod of this node alone, where there is one', () => {
    const here = { ...web, isLocal: true as const };
    expect(passes({ 'x/p': from('web') }, [old, here]).fromShared).toBe(true);
    expect(passes({ 'x/p': from('old') }, [old, here]).fromShared).toBe(false);
    // What isolates it is not lost to a pod that has ended elsewhere.
    const shop: NetworkPolicy = {
      podSelector: { matchLabels: { app: 'web' } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'db' } } }], ports: [{ port: 80 }] }],
    };
    expect(passes({ 'x/web': shop }, [old, here]).toShared).toBe(true);
    expect(passes({ 'x/web': shop }, [old, here], 81).toShared).toBe(false);
  });

  it('is of the pod that keeps it, once the other is gone', () => {
    expect(passes({ 'x/p': from('web') }, [web]).fromShared).toBe(true);
    expect(passes({ 'x/p': from('web') }, [old]).fromShared).toBe(false);
  });
});
