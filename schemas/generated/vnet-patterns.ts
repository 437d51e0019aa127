/* Generated from schemas/ by `npm run generate`. Do not edit. */

/** The patterns of endpoints and released addresses in the schema, by the names of their definitions. */
export const patterns = {
  ip: /^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$/,
  ipCidr: /^[0-9A-Fa-f.:]+\/[0-9]{1,3}$/,
  mac: /^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$/,
  ifName: /^(?!\.{1,2}$)[^/:\s]{1,15}$/,
  destination: /^(default|[0-9A-Fa-f.:]+\/[0-9]{1,3})$/,
  time: /^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,3})?Z$/,
  podName: /^[^/\s]+\/[^/\s]+$/,
  endpointId: /^(?=.{5,512}$)[A-Za-z0-9][A-Za-z0-9_.-]*\/[A-Za-z0-9][A-Za-z0-9_.-]*\/[^/:\s]{1,15}$/,
} as const;
