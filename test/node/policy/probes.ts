/** Asks which connections between pods are open. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A connection to try. Shape: `from` is the path of the pod's namespace. */
export type ProbeTry = {
  readonly from: string;
  readonly address: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
};

/** A request to the process. Shape: `pods` are the namespaces that listen on `ports`. */
export type ProbeRequest = {
  readonly pods: readonly string[];
  readonly ports: readonly number[];
  readonly tries: readonly ProbeTry[];
  readonly timeoutMs: number;
};

/** Its answer, in the order of the tries. */
export type Probed = { readonly open: readonly boolean[] };

/** How long a connection may take that is expected to be open, on a machine under load. */
const PATIENT_MS = 100_000;
const BRIEF_MS = 300;

export type Prober = {
  /**
   * Resolves to the tries whose outcome differs from the expected one. A closed connection is silent: it counts as closed after a
   * short time, but one that should be open is tried again.
   */
  readonly wrong: (
    pods: readonly string[],
    expected: readonly (ProbeTry & { readonly isOpen: boolean })[],
  ) => Promise<readonly (ProbeTry & { readonly isOpen: boolean })[]>;
  readonly end: () => void;
};

/** Starts the process; its pods listen on these ports. */
export function startProber(ports: readonly number[]): Prober {
  const argv = ['--import', 'tsx', join(import.meta.dirname, 'probe-process.ts')];
  const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (request: ProbeRequest): Promise<readonly boolean[]> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value } = await lines.next();
    const { open }: Probed = JSON.parse(String(value));
    return open;
  };
  return {
    wrong: async (pods, expected) => {
      const open = await ask({ pods, ports, tries: expected, timeoutMs: BRIEF_MS });
      const differing = expected.filter(({ isOpen }, index) => open[index] !== isOpen);
      const late = differing.filter(({ isOpen }) => isOpen);
      if (late.length === 0) return differing;
      const again = await ask({ pods, ports, tries: late, timeoutMs: PATIENT_MS });
      return [
        ...differing.filter(({ isOpen }) => !isOpen),
        ...late.filter((_, index) => again[index] !== true),
      ];
    },
    end: () => void child.stdin.end(),
  };
}
