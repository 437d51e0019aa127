import { describe, expect, it } from 'vitest';
import { policyOf } from '../../reconciler/model/policy.ts';

describe('a policy', () => {
  it('is that of the class of the object, else to repair', () => {
    const policy = { rules: 'report', fdb: 'ignore' } as const;
    const table = { kind: 'nft-table', netns: '', family: 'bridge', name: 'vnet', rules: [] } as const;
    expect(policyOf({ policy }, table)).toBe('report');
    expect(policyOf({ policy }, { kind: 'fdb', netns: '', dev: 'x', mac: '' })).toBe('ignore');
    expect(policyOf({ policy }, { kind: 'sysctl', netns: '', name: 'x', value: '' })).toBe('repair');
    expect(policyOf({}, table)).toBe('repair');
  });
});
