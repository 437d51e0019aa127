import { describe, expect, it } from 'vitest';
import { driftActionOf } from '../../../reconciler/model/kinds/drift-policy.ts';

describe('a policy', () => {
  it('is that of the class of the object, else to repair', () => {
    const policy = { rules: 'report', fdb: 'ignore' } as const;
    const table = { kind: 'nft-table', netns: '', family: 'bridge', name: 'vnet', rules: [] } as const;
    expect(driftActionOf({ policy }, table)).toBe('report');
    expect(driftActionOf({ policy }, { kind: 'fdb', netns: '', dev: 'x', mac: '' })).toBe('ignore');
    expect(driftActionOf({ policy }, { kind: 'sysctl', netns: '', name: 'x', value: '' })).toBe('repair');
    expect(driftActionOf({}, table)).toBe('repair');
  });
});
