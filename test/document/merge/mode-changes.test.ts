import { describe, expect, it } from 'vitest';
import { modeChangeIssues } from '../../../reconciler/document/merge/mode-changes.ts';
import type { Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { documentOf, NETWORK } from '../../support/node.ts';

const { uplink, pools } = NETWORK;
const TRANSPARENT: Network = { mode: 'transparent', uplink: { name: uplink.name, mac: uplink.mac }, pools };
const RELEASED: Network = { ...NETWORK, uplink: { ...uplink, released: true } };

function issuesOf(before: VnetDocument, after: VnetDocument, movesPods = false): readonly string[] {
  return modeChangeIssues(before, after, { file: 'vnet.yaml', movesPods }).map(
    ({ code, path }) => `${code} ${path}`,
  );
}

describe('a change of mode', () => {
  it.each([
    ['with pods', documentOf([0, 1]), documentOf([0, 1], TRANSPARENT), 1],
    ['with pods, released', documentOf([0], RELEASED), documentOf([0], TRANSPARENT), 1],
    ['with the uplink in the bridge', documentOf([]), documentOf([], TRANSPARENT), 1],
    ['after the release', documentOf([], RELEASED), documentOf([], TRANSPARENT), 0],
    ['back', documentOf([], TRANSPARENT), documentOf([]), 0],
    ['of nothing', documentOf([0, 1]), documentOf([0, 1]), 0],
    ['of a new network', { ...documentOf([]), networks: {} }, documentOf([]), 0],
  ])('%s', (_what, before, after, count) => {
    expect(issuesOf(before, after)).toEqual(
      Array.from({ length: count }, () => 'mode-change networks.azure.mode'),
    );
  });

  it('is made under pods by vnet apply, but not for addresses that the network does not have', () => {
    expect(issuesOf(documentOf([0, 1]), documentOf([0, 1], TRANSPARENT), true)).toEqual([]);
    const subnet = { ...pools.ipv4, subnet: '10.244.0.0/24' };
    const other: Network = { ...TRANSPARENT, pools: { ipv4: subnet } };
    expect(issuesOf(documentOf([0, 1]), documentOf([0, 1], other), true)).toHaveLength(1);
  });

  it('names a few of the pods', () => {
    const [issue] = modeChangeIssues(documentOf([0, 1, 2, 3, 4]), documentOf([0, 1, 2, 3, 4], TRANSPARENT), {
      file: 'f',
      movesPods: false,
    });
    expect(issue?.message).toContain('5 pods attached');
    expect(issue?.message).toContain('and 2 more');
  });
});
