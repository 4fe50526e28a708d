import type { EventKind } from '../options.js';

/** What one code stands for. */
interface Meaning {
  kind: EventKind;
  /** By what somebody was recognised, where the code says so. */
  method?: string;
}

/** Codes of one number space that only differ by their place in it; they share a name with that place in it. */
interface Series {
  major: number;
  first: number;
  last: number;
  kind: EventKind;
}

/** Minors of one major and kind: `[minors]`, or `method: [minors]`. */
type Methods = Readonly<Record<string, readonly number[]>>;

const EVENT = 5;

/** Recorded by clients in the field, or named in the vendor's tables; the same minor under another major is another event. */
const PLAIN: readonly (readonly [major: number, kind: EventKind, minors: readonly number[]])[] = [
  [1, 'alarm', [1028, 1029, 1030, 1031, 1032, 1033, 1034, 1035, 1036, 1037, 1039, 1040, 1047, 1048, 1049, 1052, 1053]],
  [1, 'alarm', [1089, 1090]],
  [2, 'exception', [38, 39, 1024, 1025, 1026, 1027, 1028, 1029, 1030, 1031, 1032, 1033, 1034, 1039, 1040, 1057, 1058]],
  [2, 'exception', [1064, 1065, 1090, 1091, 2384, 2385]],
  [3, 'operation', [80, 90, 112, 113, 118, 119, 121, 122, 123, 126, 240, 241, 242, 243, 1024, 1025, 1026, 1027, 1028]],
  [3, 'operation', [1029, 1030, 1031, 1034, 1035, 1036, 1078, 9728, 9729]],
  [4, 'operation', [1038, 1039, 1061, 1062, 1063, 1064, 1074, 1075, 1076]],
  [4, 'exception', [1065, 1066]],
  [4, 'door', [195]],
  [4, 'call', [197]],
  [EVENT, 'door', [17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 52, 53, 81, 82, 92, 93, 130, 204]],
  [EVENT, 'door', [214, 215, 216, 218, 2066]],
  [EVENT, 'door', [1536, 1537, 1538, 1539, 1540, 1541, 1542, 1543, 1544, 1545]],
  [EVENT, 'call', [37, 51]],
  [EVENT, 'alarm', [133, 134, 135, 136, 137, 138, 143]],
  [EVENT, 'other', [221]],
  [EVENT, 'accepted', [144, 197]],
  // A door that is closed for everybody, a wrong time, an expired person: said of cards, but of faces too.
  [EVENT, 'denied', [6, 7, 8, 10, 11, 12, 13, 14, 94, 113, 117, 118, 139, 145, 150, 155, 180, 192, 202, 203, 208]],
  [EVENT, 'denied', [212, 217, 2060]],
];

const ACCEPTED: Methods = {
  card: [1],
  cardAndPassword: [2],
  fingerprint: [38],
  cardAndFingerprint: [40],
  cardFingerprintAndPassword: [43],
  fingerprintAndPassword: [46],
  faceAndFingerprint: [54],
  faceAndPassword: [57],
  faceAndCard: [60],
  faceFingerprintAndPassword: [63],
  faceCardAndFingerprint: [66],
  employeeNoAndFingerprint: [69],
  employeeNoFingerprintAndPassword: [72],
  face: [75],
  employeeNoAndFace: [77],
  employeeNoAndPassword: [101],
  idCard: [105],
  combined: [153],
  qr: [156],
  bluetooth: [159],
  password: [181],
  iris: [190],
  employeeNo: [226],
  nfc: [227],
  publicPassword: [229],
  palm: [1799],
  keyfob: [2061],
};

/** Refused, or not finished in time. */
const DENIED: Methods = {
  card: [9, 119],
  cardAndPassword: [3, 4, 5],
  fingerprint: [39, 49],
  cardAndFingerprint: [41, 42],
  cardFingerprintAndPassword: [44, 45],
  fingerprintAndPassword: [47, 48],
  faceAndFingerprint: [55, 56],
  faceAndPassword: [58, 59],
  faceAndCard: [61, 62],
  faceFingerprintAndPassword: [64, 65],
  faceCardAndFingerprint: [67, 68],
  employeeNoAndFingerprint: [70, 71],
  employeeNoFingerprintAndPassword: [73],
  face: [76, 80, 104, 2063],
  employeeNoAndFace: [78, 79],
  employeeNoAndPassword: [102, 103],
  idCard: [112],
  password: [148, 151],
  employeeNo: [152],
  combined: [154],
  qr: [157],
  bluetooth: [160],
  iris: [191],
  nfc: [228],
  palm: [1800],
};

/** Collected and sent to a platform, which then decides. */
const CHECKED_ELSEWHERE: Methods = { face: [146], card: [147], idCard: [149] };

/** Free for the installer's own events. */
const SERIES: readonly Series[] = [
  { major: 1, first: 2304, last: 2367, kind: 'alarm' },
  { major: EVENT, first: 1280, last: 1343, kind: 'other' },
];

const CODES = table();

/** Every code that has a name of its own: `5-75`. */
export const KNOWN_CODES: readonly string[] = [...CODES.keys()];
/** The first code of each series: the name of the others stands under it. */
export const KNOWN_SERIES: readonly string[] = SERIES.map(({ major, first }) => codeOf(major, first));

/** A code as flows see it: `5-75`. */
export function codeOf(major: number, minor: number): string {
  return `${major}-${minor}`;
}

/** What kind of event a code is; `other` where nobody knows it. */
export function kindOf(major: number, minor: number): EventKind {
  return CODES.get(codeOf(major, minor))?.kind ?? seriesOf(major, minor)?.kind ?? 'other';
}

/** By what somebody was recognised, or was not; undefined where the code does not say. */
export function methodOf(major: number, minor: number): string | undefined {
  return CODES.get(codeOf(major, minor))?.method;
}

/**
 * Under which code the name of this one stands, and its place in a series from 1; undefined where it has no name.
 * @param code as `codeOf` gives it
 */
export function nameCodeOf(code: string): { code: string; number?: number } | undefined {
  if (CODES.has(code)) return { code };
  const [major = NaN, minor = NaN] = code.split('-').map(Number);
  const series = seriesOf(major, minor);
  return series && { code: codeOf(series.major, series.first), number: minor - series.first + 1 };
}

function seriesOf(major: number, minor: number): Series | undefined {
  return SERIES.find((each) => each.major === major && each.first <= minor && minor <= each.last);
}

function table(): ReadonlyMap<string, Meaning> {
  const found = new Map<string, Meaning>();
  for (const [major, kind, minors] of PLAIN) for (const minor of minors) found.set(codeOf(major, minor), { kind });
  const groups = [
    ['accepted', ACCEPTED],
    ['denied', DENIED],
    ['other', CHECKED_ELSEWHERE],
  ] as const;
  for (const [kind, methods] of groups) {
    for (const [method, minors] of Object.entries(methods)) {
      for (const minor of minors) found.set(codeOf(EVENT, minor), { kind, method });
    }
  }
  return found;
}
