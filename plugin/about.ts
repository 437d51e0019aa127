/** The answer to a person who starts the plugin by hand. */
import type { Role } from './host.ts';
import { CNI_VERSIONS } from './protocol/versions.ts';

/** Resolves to the plugin's name and version; without `--version` also how it is used, on stderr. */
export async function describePlugin(
  { role, version }: { readonly role: Role; readonly version: () => Promise<string> },
  asksForVersion: boolean,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const about = `${role} ${await version()} (vnet)`;
  if (asksForVersion) return { stdout: `${about}\n`, stderr: '' };
  const what =
    'a CNI plugin, run by container runtimes with CNI_COMMAND set; for the command line see `vnet --help`';
  const versions = `CNI protocol versions supported: ${CNI_VERSIONS.join(', ')}`;
  return { stdout: '', stderr: `${about}: ${what}\n${versions}\n` };
}
