/** The navigation of the documentation site, and the links between its pages. Pure. */
import { posix } from 'node:path';

/** The groups of the navigation: the four forms of documentation, and the project. */
export const GROUPS: readonly { readonly title: string; readonly pages: readonly string[] }[] = [
  { title: 'Tutorial', pages: ['docs/tutorial.md', 'examples/transcripts/11-first-steps.md'] },
  {
    title: 'How to',
    pages: [
      'install',
      'podman',
      'take-over-azure-cni',
      'address-pool',
      'no-network',
      'policy',
      'roll-out',
      'upgrade',
      'remove',
    ].map((name) => `docs/how-to/${name}.md`),
  },
  {
    title: 'Reference',
    pages: [
      ...['verbs', 'document', 'cli', 'errors', 'metrics', 'events', 'files', 'versions'].map(
        (name) => `docs/reference/${name}.md`,
      ),
      'docs/doctor.md',
      'docs/modes.md',
      'docs/kubernetes.md',
      'docs/glossary.md',
    ],
  },
  {
    title: 'Explanation',
    pages: [
      ...['features', 'data-path', 'consistency', 'contention', 'performance'].map(
        (name) => `docs/explanation/${name}.md`,
      ),
      'docs/takeover.md',
      'docs/security.md',
      'docs/reliability.md',
    ],
  },
  {
    title: 'Project',
    pages: [
      'ARCHITECTURE.md',
      ...['kinds-and-modes', 'data-paths', 'processes', 'cluster'].map((name) => `docs/internals/${name}.md`),
      'CONTRIBUTING.md',
      'CHANGELOG.md',
    ],
  },
];

/** Returns the files of the project to which the page's links and pictures refer. */
export function linkTargets(page: string, text: string): readonly string[] {
  const links = [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
  return links
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => posix.normalize(posix.join(posix.dirname(page), target)))
    .filter((target) => !target.startsWith('..'));
}

/** Returns the link as the site has it: pages are .html files. */
export function siteLink(target: string): string {
  if (/^[a-z]+:/.test(target)) return target;
  return target.replace(/\.md(#.*)?$/, '.html$1');
}
