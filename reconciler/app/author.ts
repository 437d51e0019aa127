/** The author of a change made on the command line, for the history. */
import { readFileSync } from 'node:fs';
import type { Author } from '../document/store/store.ts';
import type { Environment } from '../model/ports/sys.ts';
import { omitUndefined } from '../model/objects.ts';

/** The kernel's value for a process outside any login session. Source: audit(7), AUDIT_UID_UNSET. */
const NO_LOGIN = '4294967295';

/** Names the author of a change: the program with its verb, and the reason. */
export type NameAuthor = (who: string, why?: string) => Author;

/** Returns this user's name as author, with the name at login, before sudo or su. */
export function authorIn(environment: Environment): NameAuthor {
  return (who, why) => {
    const uid = process.getuid?.();
    const login = loginOf(uid, environment);
    return {
      who,
      ...omitUndefined({ uid, login, why }),
    };
  };
}

function loginOf(uid: number | undefined, environment: Environment): string | undefined {
  const { SUDO_USER: sudoUser, LOGNAME: name } = environment;
  if (sudoUser !== undefined && sudoUser !== '') return sudoUser;
  const session = read('/proc/self/loginuid').trim();
  const began = session === '' || session === NO_LOGIN ? undefined : nameOf(session);
  return began ?? name ?? (uid === undefined ? undefined : nameOf(String(uid)));
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
