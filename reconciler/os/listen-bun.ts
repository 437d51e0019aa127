/** Listens with Bun's own sockets: node:net takes longer to load than a call to run. */
import { listen as listenAt, type BunSocket } from 'bun';
import type { Connection, ConnectionHandler, Listen } from '../model/ports/listen.ts';
import { withUmask } from './umask.ts';

/** A connection and its unsent output. */
type State = { readonly outbox: Outbox; readonly hearer: ConnectionHandler };

/** Resolves to the listening socket. */
export const listen: Listen = async (listener, accept) => {
  const open = new Set<BunSocket<State>>();
  let allClosed: (() => void) | undefined;
  const socket = {
    open: (connection: BunSocket<State>) => {
      open.add(connection);
      const outbox = new Outbox(connection);
      connection.data = { outbox, hearer: accept(outbox) };
    },
    data: (connection: BunSocket<State>, chunk: Uint8Array) => connection.data.hearer.data(chunk),
    drain: (connection: BunSocket<State>) => connection.data.outbox.flush(),
    // The end of the client's input is irrelevant; close reports that the client is gone.
    end: (connection: BunSocket<State>) => connection.end(),
    error: (connection: BunSocket<State>) => connection.terminate(),
    close: (connection: BunSocket<State>) => {
      open.delete(connection);
      connection.data.hearer.closed();
      if (open.size === 0) allClosed?.();
    },
  };
  const server = withUmask(0o177, () =>
    listenAt<State>(typeof listener === 'string' ? { unix: listener, socket } : { fd: listener, socket }),
  );
  return {
    close: () =>
      new Promise((resolve) => {
        allClosed = resolve;
        server.stop();
        if (open.size === 0) resolve();
      }),
  };
};

/** Writes as much as fits, and the rest once the socket drains. */
class Outbox implements Connection {
  readonly #socket: BunSocket<State>;
  #waiting: Uint8Array[] = [];
  #isEnding = false;

  constructor(socket: BunSocket<State>) {
    this.#socket = socket;
  }

  write(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    if (this.#waiting.length === 1) this.flush();
  }

  end(bytes: Uint8Array): void {
    this.#isEnding = true;
    this.write(bytes);
  }

  destroy(): void {
    this.#socket.terminate();
  }

  flush(): void {
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      const written = this.#socket.write(first);
      if (written < 0) return;
      if (written < first.length) {
        this.#waiting[0] = first.subarray(written);
        return;
      }
      this.#waiting.shift();
    }
    if (this.#isEnding) this.#socket.end();
  }
}
