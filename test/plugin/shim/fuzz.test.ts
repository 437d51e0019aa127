/**
 * Random servers, environments and inputs against the shim with AddressSanitizer and UBSan: long form `npm
 * run test:long`.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALIVE, ANSWER, encodeAnswer, REFUSED, TAKEN } from '../../../plugin/serve/call-message.ts';
import type { Outcome } from '../../support/exec.ts';
import { SHIM_SOURCE } from '../../../scripts/shim.ts';
import { longOr } from '../../support/long.ts';
import { sanitizedShims } from './processors.ts';
import { type Behaviour, type Call, Stage, STDIN } from './stage.ts';

const RUNS = longOr(30, 250);
const REPORT = /Sanitizer|runtime error/;

/** Writes the bytes in these pieces, and disconnects: otherwise the shim would wait for its timeout. */
const saying =
  (bytes: Uint8Array, cuts: readonly number[]): Behaviour =>
  (socket) => {
    let from = 0;
    for (const cut of [
      ...cuts.map((at) => at % (bytes.length + 1)).toSorted((a, b) => a - b),
      bytes.length,
    ]) {
      socket.write(bytes.subarray(from, cut));
      from = Math.max(from, cut);
    }
    socket.end();
  };

/** An answer's header with possibly wrong lengths, and some bytes after it. */
const looseAnswer = fc
  .record({
    words: fc.tuple(fc.bigInt({ min: 0n, max: 300n }), length64(), length64()),
    body: fc.uint8Array({ maxLength: 4096 }),
  })
  .map(({ words, body }) => {
    const header = Buffer.alloc(25);
    header[0] = ANSWER;
    words.forEach((value, index) => header.writeBigUInt64LE(value, 1 + index * 8));
    return Buffer.concat([header, body]);
  });

function length64(): fc.Arbitrary<bigint> {
  return fc.oneof(
    fc.bigInt({ min: 0n, max: 5000n }),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constant(1024n * 1024n),
  );
}

const speech = fc
  .tuple(
    fc.array(fc.constantFrom(TAKEN, ALIVE, ALIVE, REFUSED, 7), { maxLength: 6 }),
    fc.oneof(looseAnswer, fc.uint8Array({ maxLength: 64 })),
  )
  .map(([said, rest]) => Buffer.concat([Buffer.from(said), rest]));

/** Returns the end of a call with this answer; undefined if the answer is incomplete. */
function endOf(bytes: Buffer): Partial<Outcome> | undefined {
  const start = bytes.findIndex((byte) => byte === REFUSED || byte === ANSWER);
  if (bytes[start] !== ANSWER || bytes.length < start + 25) return undefined;
  const [code = 0, errors = 0, output = 0] = [1, 9, 17].map((at) =>
    Number(bytes.readBigUInt64LE(start + at)),
  );
  const body = bytes.subarray(start + 25);
  if (Math.max(errors, output) > 1024 * 1024 || body.length < errors + output) return undefined;
  return {
    code: code % 256,
    stderr: body.toString('utf8', 0, errors),
    stdout: body.toString('utf8', errors, errors + output),
  };
}

/** Directories of lengths around the maximum for a socket address, with slashes in possible places. */
const root = fc.oneof(
  fc.string({ unit: fc.constantFrom('/', 'a', '.', ' ', 'ä'), maxLength: 130 }),
  fc.integer({ min: 80, max: 120 }).map((length) => `/${'r'.repeat(length)}`),
  fc.constantFrom('', '/', '//', '/none/'),
);

const environment = fc.record({
  CNI_COMMAND: fc.oneof(
    fc.constantFrom('ADD', 'DEL', 'VERSION', '', 'VERSIONS'),
    fc.string({ maxLength: 40 }),
  ),
  CNI_NETNS: fc.option(fc.string({ maxLength: 5000 }), { nil: undefined }),
  CNI_ARGS: fc.integer({ min: 0, max: 100_000 }).map((length) => 'x'.repeat(length)),
});

const noNull = (text: string): string => text.replaceAll('\0', '');

describe.each(sanitizedShims())('the shim on $name', (processor) => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage(processor);
  });
  afterEach(() => stage.remove());

  /**
   * Every call ends in an answer, in the program, or in one JSON error; a sanitizer's report is none of them.
   */
  async function start(call: Call): Promise<Outcome> {
    const outcome = await stage.start(call);
    expect(outcome.stderr).not.toMatch(REPORT);
    return outcome;
  }

  it('would be detected writing beyond an array', async () => {
    const copy = join(stage.folder, 'source');
    cpSync(dirname(SHIM_SOURCE), copy, { recursive: true });
    const whole = readFileSync(join(copy, 'server.h'), 'utf8');
    const check = 'if (length + sizeof SOCKET > sizeof address.sun_path) return 0;';
    expect(whole).toContain(check);
    writeFileSync(join(copy, 'server.h'), whole.replace(check, ''));
    const [broken = processor] = sanitizedShims(join(copy, 'shim.c'));
    const other = new Stage(broken);
    const outcome = await other.start({ env: { VNET_ROOT: `/${'r'.repeat(200)}` } });
    await other.remove();
    expect(outcome.stderr).toMatch(REPORT);
  });

  it('accepts a complete answer, and nothing else, from a server with any output', async () => {
    await fc.assert(
      fc.asyncProperty(speech, fc.array(fc.nat({ max: 5000 }), { maxLength: 4 }), async (bytes, cuts) => {
        await stage.endServer();
        await stage.serve(saying(bytes, cuts));
        expect(await start({})).toMatchObject(endOf(bytes) ?? stage.byProgram());
      }),
      { numRuns: RUNS },
    );
  });

  it('prints each complete answer unchanged, in any pieces', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 3000 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({ exitCode: fc.integer({ min: 0, max: 255 }), stdout: text, stderr: text }),
        fc.array(fc.nat({ max: 6000 }), { maxLength: 5 }),
        async (answer, cuts) => {
          await stage.endServer();
          const lives = Uint8Array.of(TAKEN, ALIVE);
          await stage.serve(saying(Buffer.concat([lives, encodeAnswer(answer)]), cuts));
          const { code, stdout, stderr } = await start({});
          expect({ exitCode: code, stdout, stderr }).toEqual(answer);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('lets no environment, folder or input confuse it', async () => {
    await fc.assert(
      fc.asyncProperty(
        environment,
        fc.option(root, { nil: undefined }),
        fc.string({ maxLength: 2000 }),
        async (env, folder, input) => {
          const { CNI_COMMAND, CNI_NETNS, CNI_ARGS } = env;
          const clean = {
            CNI_COMMAND: noNull(CNI_COMMAND),
            CNI_NETNS: CNI_NETNS === undefined ? undefined : noNull(CNI_NETNS),
            CNI_ARGS,
            // There is no server, and none can be started: a relative directory is refused, and a long one
            // does not fit.
            VNET_ROOT: folder === undefined ? `${stage.folder}/none` : `x${noNull(folder)}`,
            VNET_DIRECT: folder === undefined ? '1' : undefined,
          };
          const outcome = await start({ env: clean, input });
          expect(outcome.code).toBe(42);
          expect(outcome.stdout.endsWith(input)).toBe(true);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('hands on an input of a length near its own bound', async () => {
    const bound = 1024 * 1024;
    for (const length of [bound - 1, bound, bound + 1, 2 * bound, 2 * bound + 1]) {
      const input = 'x'.repeat(length);
      const outcome = await start({ input, env: { VNET_DIRECT: '1' } });
      expect(outcome).toMatchObject(stage.byProgram('ADD', input));
    }
    expect(await start({ input: STDIN })).toMatchObject(stage.byProgram());
  });
});
