/**
 * Incoming connections as a port: Bun's own sockets in the executable, node:net under Node.js. Types only.
 */

/** One connection. Data is written in order, without a limit of size. */
export type Connection = {
  write(bytes: Uint8Array): void;
  /** Writes the data and closes after its delivery. */
  end(bytes: Uint8Array): void;
  /** Closes at once. */
  destroy(): void;
};

/** The receiver of a connection's data. */
export type ConnectionHandler = {
  data(chunk: Uint8Array): void;
  /** Called once, at the close of either side. */
  closed(): void;
};

/** A listening socket. */
export type Listening = {
  /** Stops accepting; resolves when every connection is closed. */
  close(): Promise<void>;
};

/**
 * Listens on a listening descriptor, or at a path accessible to this user only; `accept` returns the receiver
 * of a connection.
 * Errors: rejects if it cannot listen.
 */
export type Listen = (
  listener: number | string,
  accept: (connection: Connection) => ConnectionHandler,
) => Promise<Listening>;
