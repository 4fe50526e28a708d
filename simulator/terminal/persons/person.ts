import type { JsonObject } from '../protocol/request-documents.js';

/** A face in the library of the terminal. */
interface Face {
  /** Whose face it is, as the picture says. */
  name: string;
  jpeg: Buffer;
  /** Of these very bytes: a hash. */
  version: string;
  /** Rises with each face that the terminal stores; the URL of the picture ends in it. */
  count: number;
  /** Simulated seconds: from then on numOfFace counts it. */
  countsFrom: number;
}

/** A person as the terminal holds it. */
export interface Person {
  readonly employeeNo: string;
  name: string;
  /** The number of the file with the person's face. */
  readonly file: number;
  /** As it was stored, without the read-only counts. */
  UserInfo: JsonObject;
  face?: Face;
  /** The numbers of the cards. */
  readonly cards: string[];
}

const FILE = /^\/LOCALS\/pic\/enrlFace\/0\/(\d{10})\.jpg(?:@WEB\d{12})?$/;

/** The path of a person's stored picture, as Search gives it. */
export function facePath(file: number, count: number): string {
  return `/LOCALS/pic/enrlFace/0/${String(file).padStart(10, '0')}.jpg@WEB${String(count).padStart(12, '0')}`;
}

/** The number of the file behind such a path. */
export function fileOf(path: string): number | undefined {
  const digits = FILE.exec(path)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
