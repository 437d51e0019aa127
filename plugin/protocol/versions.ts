/** The CNI versions that are spoken, and their order. Pure. Source: the CNI specification, "Version" of each release. */

/** Every released version of the CNI specification, oldest first. */
export const CNI_VERSIONS = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const;

/** One of CNI_VERSIONS. */
export type CniVersion = (typeof CNI_VERSIONS)[number];

/** What a configuration without `cniVersion` means. Source: SPEC.md, "Network configuration". */
export const DEFAULT_CNI_VERSION: CniVersion = '0.1.0';

/** The version that VERSION and errors before a configuration was read are answered in. */
export const NEWEST_CNI_VERSION: CniVersion = '1.1.0';

/** Returns true when the text is exactly one of the versions that are spoken. */
export function isCniVersion(text: string): text is CniVersion {
  return (CNI_VERSIONS as readonly string[]).includes(text);
}

/** Returns true when `version` is `least` or newer. */
export function isAtLeast(version: CniVersion, least: CniVersion): boolean {
  return CNI_VERSIONS.indexOf(version) >= CNI_VERSIONS.indexOf(least);
}
