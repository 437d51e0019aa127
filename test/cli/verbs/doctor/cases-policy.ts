/** Cases of the kernel's modules for network policies. */
import type { Case } from './cases-kernel.ts';
import { POLICY_FEATURES } from './healthy.ts';

/** Cases of the check `policy-features`. */
export const POLICY_CASES: readonly Case[] = [
  [
    'policy-features',
    'no deletion of former connections',
    { policyFeatures: { ...POLICY_FEATURES, nf_conntrack_netlink: 'absent' } },
    'warning',
    /former pod.*modprobe -a nf_conntrack_netlink/s,
  ],
  [
    'policy-features',
    'a missing kernel feature for network policies',
    { policyFeatures: { ...POLICY_FEATURES, nft_ct: 'absent', nf_tables_inet: 'absent' } },
    'problem',
    /cannot be enforced.*modprobe -a nf_tables nft_ct/s,
  ],
  [
    'policy-features',
    'one that cannot be determined',
    { policyFeatures: { ...POLICY_FEATURES, nft_log: 'unknown' } },
    'warning',
    /nft_log.*vnet reconcile/s,
  ],
  ['policy-features', 'all present', { policyFeatures: POLICY_FEATURES }, 'ok', /has all/],
];
