/** The author of a change made on the command line, for the history. */
import type { Author } from '../document/store/store.ts';
import type { Environment, Sys } from '../model/ports/sys.ts';
import { omitUndefined } from '../model/objects.ts';
import { readText } from '../os/file.ts';
import { readLoginName } from '../os/login-name.ts';

/** The kernel's value for a process outside any login session. Source: audit(7), AUDIT_UID_UNSET. */
const NO_LOGIN = '4294967295';

/** Names the author of a change: the program with its verb, and the reason. */
export type NameAuthor = (who: string, why?: string) => Author;

/** Returns this user's name as author, with the name at login, before sudo or su. */
export function authorIn(sys: Sys, environment: Environment): NameAuthor {
  return (who, why) => {
    const uid = process.getuid?.();
    const login = loginOf(sys, uid, environment);
    return { who, ...omitUndefined({ uid, login, why }) };
  };
}

function loginOf(sys: Sys, uid: number | undefined, environment: Environment): string | undefined {
  const { SUDO_USER: sudoUser, LOGNAME: name } = environment;
  if (sudoUser !== undefined && sudoUser !== '') return sudoUser;
  const session = (readText(sys, '/proc/self/loginuid') ?? '').trim();
  const began = session === '' || session === NO_LOGIN ? undefined : readLoginName(sys, session);
  return began ?? name ?? (uid === undefined ? undefined : readLoginName(sys, String(uid)));
}
