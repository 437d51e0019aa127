/** The sysctls of an uplink for the document. Pure. */
import type { Uplink } from '../../../schemas/generated/vnet.ts';
import { familyOf } from '../../model/addresses/address.ts';
import { ACCEPT_RA, FORWARDING, type SysctlPlace } from '../../model/kinds/sysctl.ts';
import { RA_PROTOCOL } from '../../model/names.ts';
import type { State } from '../../model/state.ts';
import { settingsOn, valueOn } from '../../model/modes/parts/settings.ts';

type DescribedUplink = Pick<Uplink, 'name' | 'addresses' | 'routes'>;

type Setting = NonNullable<Uplink['settings']>[number];

/**
 * The settings of an interface that act on packets of the node, by folder below /proc/sys/net. Left out: those of the NIC itself
 * (mtu), of its own link-local address (addr_gen_mode, stable_secret), read-only ones, and second names of others.
 * Source: ip-sysctl.rst of the kernel's documentation.
 */
const NAMES: Readonly<Record<string, string>> = {
  'ipv4/conf':
    'accept_local accept_redirects accept_source_route arp_accept arp_announce arp_evict_nocarrier arp_filter arp_ignore arp_notify ' +
    'bc_forwarding disable_policy disable_xfrm drop_gratuitous_arp drop_unicast_in_l2_multicast force_igmp_version forwarding ' +
    'igmpv2_unsolicited_report_interval igmpv3_unsolicited_report_interval ignore_routes_with_linkdown log_martians medium_id ' +
    'promote_secondaries proxy_arp proxy_arp_pvlan route_localnet rp_filter secure_redirects send_redirects shared_media ' +
    'src_valid_mark tag',
  'ipv6/conf':
    'accept_dad accept_ra accept_ra_defrtr accept_ra_from_local accept_ra_min_hop_limit accept_ra_min_lft accept_ra_mtu ' +
    'accept_ra_pinfo accept_ra_rt_info_max_plen accept_ra_rt_info_min_plen accept_ra_rtr_pref accept_redirects accept_source_route ' +
    'accept_untracked_na autoconf dad_transmits disable_ipv6 disable_policy drop_unicast_in_l2_multicast drop_unsolicited_na ' +
    'enhanced_dad force_mld_version force_tllao forwarding hop_limit ignore_routes_with_linkdown ioam6_enabled keep_addr_on_down ' +
    'max_addresses max_desync_factor mldv1_unsolicited_report_interval mldv2_unsolicited_report_interval ndisc_evict_nocarrier ' +
    'ndisc_notify ndisc_tclass optimistic_dad proxy_ndp ra_defrtr_metric ra_honor_pio_life ra_honor_pio_pflag regen_max_retry ' +
    'router_probe_interval router_solicitation_delay router_solicitation_interval router_solicitation_max_interval ' +
    'router_solicitations rpl_seg_enabled seg6_enabled seg6_require_hmac suppress_frag_ndisc temp_prefered_lft temp_valid_lft ' +
    'use_oif_addrs_only use_optimistic use_tempaddr',
  'ipv4/neigh': neighbourSettings(),
  'ipv6/neigh': neighbourSettings(),
};

function neighbourSettings(): string {
  return (
    'anycast_delay app_solicit base_reachable_time_ms delay_first_probe_time gc_stale_time interval_probe_time_ms locktime ' +
    'mcast_resolicit mcast_solicit proxy_delay proxy_qlen retrans_time_ms ucast_solicit unres_qlen_bytes'
  );
}

/** Returns the sysctls to observe before describeSettings(). */
export function settingPlaces(uplink: string): readonly SysctlPlace[] {
  return allNames().flatMap((name) => settingsOn(name, [uplink, 'default']));
}

function allNames(): readonly string[] {
  return Object.entries(NAMES).flatMap(([folder, names]) =>
    names.split(' ').map((one) => `${folder}/${one}`),
  );
}

/**
 * Returns the settings of the uplink that an interface does not have by default. accept_ra is one of them only where a router has
 * configured the uplink.
 */
export function describeSettings(uplink: DescribedUplink, state: State): readonly Setting[] {
  return [
    ...allNames().flatMap((name) => {
      const value = valueOn(state, name, uplink.name);
      const usual = valueOn(state, name, 'default');
      const isUsual = name === ACCEPT_RA || usual === undefined || value === usual;
      return value === undefined || isUsual ? [] : [{ name, value }];
    }),
    ...describeAcceptance(uplink, state),
  ];
}

/**
 * Returns accept_ra for the carrier, if the kernel has configured the uplink by router advertisements. 2 also accepts them on
 * a node that routes.
 */
function describeAcceptance(uplink: DescribedUplink, state: State): readonly Setting[] {
  const { name, addresses = [], routes = [] } = uplink;
  const accepts = valueOn(state, ACCEPT_RA, name);
  const isAccepted = accepts === '2' || (accepts === '1' && valueOn(state, FORWARDING, name) !== '1');
  const isConfigured =
    routes.some(({ protocol, dynamic }) => protocol === RA_PROTOCOL && dynamic === true) ||
    addresses.some(({ address, dynamic }) => dynamic === true && familyOf(address) === 6);
  return isAccepted && isConfigured ? [{ name: ACCEPT_RA, value: '2' }] : [];
}
