/** The numbers of classes in the kernel: 32 bits of a digest, unless two classes in use have the same ones. Pure. */
import { sha1Hex } from '../../sha1.ts';
import type { PeerClass } from './classes.ts';

const DIGITS = 8;

/** Numbers classes. Law: the numbers depend on the classes in use only. */
export class ClassNumbers {
  #salt = 0;
  #known = new WeakMap<PeerClass, string>();
  #numberings = 0;

  /** The number of times that all classes were renumbered. */
  get numberings(): number {
    return this.#numberings;
  }

  /** Returns the number: hexadecimal digits. */
  of(one: PeerClass): string {
    const known = this.#known.get(one);
    if (known !== undefined) return known;
    const made = numberOf(one, this.#salt);
    this.#known.set(one, made);
    return made;
  }

  /** Replaces the classes in use. Returns true if they were renumbered. */
  update(used: readonly PeerClass[]): boolean {
    let salt = 0;
    while (!areDistinct(used, salt)) salt += 1;
    if (salt === this.#salt) return false;
    this.#salt = salt;
    this.#known = new WeakMap();
    this.#numberings += 1;
    return true;
  }
}

/** Shape: a class of both families is one class. */
function areDistinct(used: readonly PeerClass[], salt: number): boolean {
  const classes = new Set(used);
  return new Set(Array.from(classes, (one) => numberOf(one, salt))).size === classes.size;
}

function numberOf({ digest }: PeerClass, salt: number): string {
  return (salt === 0 ? digest : sha1Hex(`${salt} ${digest}`)).slice(0, DIGITS);
}
