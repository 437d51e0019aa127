/**
 * A private network and mount namespace for tests and lab: everything inside is gone with its last process,
 * and the machine's own network cannot be changed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { type Outcome, execNow } from './exec.ts';

/** How this process can get private namespaces, or why it cannot. */
export type Sandbox =
  | { readonly kind: 'root' | 'user'; readonly argv: readonly string[] }
  | { readonly kind: 'none'; readonly reason: string };

const UNSHARE_ROOT = ['unshare', '--net', '--mount', '--fork', '--kill-child'];
const UNSHARE_USER = ['unshare', '--user', '--map-root-user', '--net', '--mount', '--fork', '--kill-child'];

/**
 * Run by sh inside. A fresh /run hides the machine's and collects the files of `ip netns`, iptables and vnet;
 * a user cannot create folders in the real one.
 */
const SETUP = [
  'set -e',
  'mount --make-rprivate /',
  'mount -t tmpfs -o mode=755 tmpfs /run',
  'mkdir /run/netns /run/lock',
  'ip link set lo up',
].join('\n');

/** The first operations of kernel tests, so that a refusing machine is found before the first test. */
const PROBE = ['ip netns add probe', 'ip link add probe type bridge', 'nft add table bridge probe'].join(
  '\n',
);

/** Returns the way to get a sandbox, by trying: as root directly, otherwise with a user namespace. */
export function findSandbox(): Sandbox {
  const ways = process.getuid?.() === 0 ? [UNSHARE_ROOT, UNSHARE_USER] : [UNSHARE_USER];
  const answers: string[] = [];
  for (const argv of ways) {
    const probe = execNow([...argv, 'sh', '-c', `${SETUP}\n${PROBE}`]);
    if (probe.code === 0) return { kind: argv === UNSHARE_ROOT ? 'root' : 'user', argv };
    answers.push(`${argv.slice(0, 3).join(' ')}: ${lastLine(probe)}`);
  }
  return {
    kind: 'none',
    reason: `this kernel gives us no private network namespace (${answers.join('; ')})`,
  };
}

function lastLine(outcome: Outcome): string {
  return `${outcome.stdout}${outcome.stderr}`.trim().split('\n').at(-1) ?? `exit ${outcome.code}`;
}

/**
 * Runs this script again inside the sandbox and resolves to its exit code. The inner process holds a pipe to
 * this one (file descriptor 3): when this process ends for any reason, the inner one notices
 * (`endWithParent`), so that neither Ctrl-C nor kill -9 leaves anything.
 */
export function reenter(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const script = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn(argv[0] ?? '', [...argv.slice(1), 'sh', '-c', `${SETUP}\nexec "$@"`, 'sh', ...script], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, ...env },
  });
  return new Promise((resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => closeKernel(child));
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 130));
  });
}

/**
 * Closes the pipe; the inner process cleans up. unshare(1) ignores SIGTERM, so a remaining process is killed.
 */
function closeKernel(child: ChildProcess): void {
  const pipe = child.stdio[3];
  if (pipe instanceof Socket) pipe.destroy();
  setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
}

/** Ensures, inside the sandbox, that `end` is called when the outer process has ended or a signal arrives. */
export function endWithParent(end: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const pipe = new Socket({ fd: 3, readable: true, writable: false });
  pipe.on('error', end);
  pipe.on('close', end);
  pipe.resume();
  pipe.unref();
}
