/** Sends data over TCP from one namespace to another. */
import type { Netns } from '../support/netns.ts';
import { python } from '../support/python.ts';

const SERVE = `
import socket, sys
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
server = socket.socket(family)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((sys.argv[1], 8080))
server.listen()
server.settimeout(20)
peer, place = server.accept()
peer.settimeout(20)
total = 0
try:
    while data := peer.recv(65536): total += len(data)
except OSError: pass
print(total, place[0])
`;

const SEND = `
import socket, sys, time
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
end = time.monotonic() + 15
while True:
    client = socket.socket(family)
    client.settimeout(3)
    try:
        client.connect((sys.argv[1], 8080))
        break
    except OSError:
        if time.monotonic() > end: sys.exit(1)
        time.sleep(0.05)
client.settimeout(15)
client.sendall(bytes(int(sys.argv[2])))
`;

/** Resolves to the number of bytes received by a server on the address `own`, and their source, after a client sent `bytes` to the target. */
export async function transfer(
  from: Netns,
  to: Netns,
  { own, target = own, bytes }: { readonly own: string; readonly target?: string; readonly bytes: number },
): Promise<string> {
  const served = to.exec(python(SERVE, own));
  const sent = from.exec(python(SEND, target, String(bytes)));
  await sent;
  return (await served).stdout.trim();
}
