/** Connections that others make to this process, as a port: Bun's own sockets in the executable, node:net under Node. Types only. */

/** One connection. Written data arrives in order, without a limit of size. */
export type Connection = {
  write(bytes: Uint8Array): void;
  /** Writes the data and closes after its delivery. */
  end(bytes: Uint8Array): void;
  /** Closes at once. */
  destroy(): void;
};

/** Who hears what comes. */
export type Hearer = {
  data(chunk: Uint8Array): void;
  /** Called once, at the close of either side. */
  closed(): void;
};

/** What listens. */
export type Listening = {
  /** Stops accepting; resolves when every connection is closed. */
  close(): Promise<void>;
};

/**
 * Listens at a descriptor that does already, or at a path, for this user alone; `accept` returns who hears a connection.
 * Errors: rejects when it can't listen.
 */
export type Listen = (
  listener: number | string,
  accept: (connection: Connection) => Hearer,
) => Promise<Listening>;
