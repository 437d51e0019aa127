/**
 * The supported CNI versions and their order. Pure.
 * Source: the CNI specification, "Version" of each release.
 */

/** Every released version of the CNI specification, oldest first. */
export const CNI_VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const;

/** One of CNI_VERSIONS. */
export type CniVersion = (typeof CNI_VERSIONS)[number];

/** The version of a configuration without `cniVersion`. Source: SPEC.md, "Network configuration". */
export const DEFAULT_CNI_VERSION: CniVersion = '0.1.0';

/** The version of answers to VERSION, and of errors before the configuration is parsed. */
export const NEWEST_CNI_VERSION: CniVersion = '1.1.0';

/** Returns true if the text is a supported version. */
export function isCniVersion(text: string): text is CniVersion {
  return (CNI_VERSIONS as readonly string[]).includes(text);
}

/** Returns true if `version` is `least` or newer. */
export function isAtLeast(version: CniVersion, least: CniVersion): boolean {
  return CNI_VERSIONS.indexOf(version) >= CNI_VERSIONS.indexOf(least);
}
