/** The author of a change made on the command line, for the history. */
import { readFileSync } from 'node:fs';
import type { Author } from '../document/store/store.ts';

/** The kernel's value for a process outside any login session. Source: audit(7), AUDIT_UID_UNSET. */
const NO_LOGIN = '4294967295';

/** Returns the author: the verb, the user, the login user (before sudo or su), and the reason. */
export function authorOf(who: string, why?: string): Author {
  const uid = process.getuid?.();
  const login = loginOf(uid, process.env['SUDO_USER']);
  return {
    who,
    ...(uid === undefined ? {} : { uid }),
    ...(login === undefined ? {} : { login }),
    ...(why === undefined ? {} : { why }),
  };
}

function loginOf(uid: number | undefined, sudoUser: string | undefined): string | undefined {
  if (sudoUser !== undefined && sudoUser !== '') return sudoUser;
  const session = read('/proc/self/loginuid').trim();
  const began = session === '' || session === NO_LOGIN ? undefined : nameOf(session);
  return began ?? process.env['LOGNAME'] ?? (uid === undefined ? undefined : nameOf(String(uid)));
}

function nameOf(uid: string): string | undefined {
  const lines = read('/etc/passwd').split('\n');
  return lines.map((line) => line.split(':')).find((fields) => fields[2] === uid)?.[0];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
